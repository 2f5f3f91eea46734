"""The two documents as pages for people: plain HTML without a script, in one style, with nothing fetched from anywhere."""

import base64
import hashlib
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

Schema = dict[str, Any]

_TEMPLATES = Path(__file__).parent / "templates"
_STYLE = (_TEMPLATES / "reading.css").read_text()

# The one thing a page may use besides its own words: this style.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

# As people read them: what is there, how it is made, how it is changed, how it ends.
_ORDER = ("get", "post", "put", "patch", "delete")
_METHODS = set(_ORDER)

_LIMITS = {
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "minLength": "{} or more characters",
    "maxLength": "at most {} characters",
    "minItems": "{} or more",
    "maxItems": "at most {}",
    "pattern": "{}",
    "default": "{} when left out",
}


def openapi_page(document: dict[str, Any]) -> str:
    """Every operation, by service and resource; then the shapes of what is sent and answered."""
    services: dict[str, dict[str, list[dict[str, Any]]]] = {tag["name"]: defaultdict(list) for tag in document["tags"]}
    for path, item in document["paths"].items():
        for method in sorted(_METHODS & set(item), key=_ORDER.index):
            service, resource = item[method]["tags"]
            services[service][resource].append(_operation(document, method, path, item[method]))
    for resources in services.values():
        # What every service has comes last.
        resources["service"] = resources.pop("service")
    about = {tag["name"]: tag["description"] for tag in document["tags"]}
    components = document["components"]
    refusals = sorted(
        (refusal["content"]["application/problem+json"]["example"]["status"], refusal)
        for refusal in components["responses"].values()
    )
    return _page("openapi.html", document, services=services, about=about, components=components, refusals=refusals)


def asyncapi_page(document: dict[str, Any]) -> str:
    """Every event, by topic; the envelope around it once."""
    messages, schemas = document["components"]["messages"], document["components"]["schemas"]
    topics = {
        name: {**channel, "events": [{**messages[kind], "data": schemas[kind]} for kind in channel["messages"]]}
        for name, channel in document["channels"].items()
    }
    named = {name: schema for name, schema in schemas.items() if name not in {*messages, "CloudEvent", "Headers"}}
    return _page("asyncapi.html", document, topics=topics, envelope=schemas["CloudEvent"], named=named)


def _page(template: str, document: dict[str, Any], **shown: Any) -> str:
    return _environment.get_template(template).render(info=document["info"], style=Markup(_STYLE), **shown)  # noqa: S704 - ours


def _operation(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> dict[str, Any]:
    """As the template shows it: what every operation has is left out."""
    sent = [parameter for parameter in operation["parameters"] if "$ref" not in parameter]
    content = operation.get("requestBody", {}).get("content", {})
    answers = [
        (status, _resolved(document, answer))
        for status, answer in sorted(operation["responses"].items())
        if not status.startswith(("4", "5"))
    ]
    return {
        "id": operation["operationId"],
        "method": method,
        "path": path,
        "summary": operation["summary"],
        "description": operation["description"],
        "open": "security" not in operation,
        "parameters": sent,
        "bodies": [(kind, shown["schema"]) for kind, shown in content.items()],
        "answers": answers,
        "refusals": [status for status in sorted(operation["responses"]) if status.startswith(("4", "5"))],
    }


def _resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    kind, name = part["$ref"].split("/")[2:]
    found: dict[str, Any] = document["components"][kind][name]
    return found


def said(text: str) -> Markup:
    """A description; what stands in backticks is code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(" ".join(text.split())))))  # noqa: S704 - escaped


def kind(schema: Schema) -> Markup:
    """What a value is, in a few words; a shape with a name is a link to it."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#shape-{0}">{0}</a>').format(name)
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return Markup(" or ").join(kind(choice) for choice in choices)
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        return Markup(" | ").join(Markup("<code>{}</code>").format(json.dumps(value)) for value in values)
    types = schema.get("type", "anything")
    named = [_one(one, schema) for one in ([types] if isinstance(types, str) else types)]
    return Markup(" or ").join(named)


def _one(name: str, schema: Schema) -> Markup:
    if name == "array":
        return Markup("list of ") + kind(schema.get("items", {}))
    plain = {"null": "null", "object": "object", "string": schema.get("format", "text")}.get(name, name)
    return Markup(escape({"date-time": "instant", "binary": "bytes"}.get(plain, plain)))  # noqa: S704 - escaped


def limits(schema: Schema) -> str:
    """What else a value must be."""
    found = [told.format(schema[word]) for word, told in _LIMITS.items() if schema.get(word) not in (None, "")]
    return ", ".join(found)


def _environment_of(folder: Path) -> Environment:
    made = Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.policies["json.dumps_kwargs"] = {"sort_keys": False}
    made.filters |= {"said": said, "kind": kind, "limits": limits}
    return made


_environment = _environment_of(_TEMPLATES)
