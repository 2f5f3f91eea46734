"""Whether whoever knows the contracts of the last release still understands this one: what was promised only grows.

Two questions about two schemas, and no more: what is sent now must fit what was promised to readers, and what writers were
promised to be taken must be taken still. An event is both, for what stands on the log is read by who comes later.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Document = Mapping[str, Any]
Schema = Mapping[str, Any]

# Whether somebody reads what fits the schema, or writes it.
Side = Literal["read", "written"]

_AT_LEAST, _AT_MOST = ("minimum", "minLength", "minItems"), ("maximum", "maxLength", "maxItems")
_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass
class Growth:
    """A document as it was released and as it is now."""

    old: Document
    new: Document
    _seen: set[tuple[str, str, str]] = field(default_factory=set)

    def faults(self) -> Iterator[str]:
        """A sentence for each promise that is broken."""
        yield from self._operations() if "paths" in self.old else self._events()

    def _events(self) -> Iterator[str]:
        for name, message in self.old["components"]["messages"].items():
            if name not in self.new["components"]["messages"]:
                yield f"{name} is gone: publish both versions until nobody reads the old"
                continue
            if message["x-key"] != self.new["components"]["messages"][name]["x-key"]:
                yield f"{name} has another key: its order is lost"
            was, now = self.old["components"]["schemas"][name], self.new["components"]["schemas"][name]
            yield from self._values(was, now, f"{name} data", "read")
            yield from self._values(was, now, f"{name} data on the log", "written")
        was, now = (one["components"]["schemas"]["CloudEvent"] for one in (self.old, self.new))
        yield from self._values(was, now, "the envelope", "read")
        for name, channel in self.old["channels"].items():
            for kind in channel["messages"]:
                if kind not in self.new["channels"].get(name, {"messages": {}})["messages"]:
                    yield f"{kind} stands no longer on {name}"

    def _operations(self) -> Iterator[str]:
        for path, item in self.old["paths"].items():
            for method in (method for method in _METHODS if method in item):
                now = self.new["paths"].get(path, {}).get(method)
                at = f"{method.upper()} {path}"
                yield from [f"{at} is gone"] if now is None else self._operation(item[method], now, at)

    def _operation(self, was: Schema, now: Schema, at: str) -> Iterator[str]:
        if was["operationId"] != now["operationId"]:
            yield f"{at}: its name {was['operationId']} became {now['operationId']}"
        if "security" in now and "security" not in was:
            yield f"{at} asks for signing in now"
        yield from self._parameters(was, now, at)
        yield from self._bodies(was.get("requestBody"), now.get("requestBody"), at)
        done, done_now = (self._done(one, of) for one, of in ((was, self.old), (now, self.new)))
        for status in sorted(set(done_now) - set(done)):
            yield f"{at} answers {status}, which nobody expects"
        for status, answer in done.items():
            if status not in done_now:
                yield f"{at} answers {status} no more"
                continue
            for name in sorted(set(answer.get("headers", {})) - set(done_now[status].get("headers", {}))):
                yield f"{at} {status} comes without {name}"
            yield from self._contents(answer, done_now[status], f"{at} {status}", "read")

    def _done(self, operation: Schema, of: Document) -> dict[str, Schema]:
        return {s: _resolved(answer, of) for s, answer in operation["responses"].items() if s.startswith(("2", "3"))}

    def _parameters(self, was: Schema, now: Schema, at: str) -> Iterator[str]:
        known, known_now = (
            {
                (one["in"], one["name"].lower()): one
                for one in (_resolved(p, of) for p in operation.get("parameters", []))
            }
            for operation, of in ((was, self.old), (now, self.new))
        )
        for key, parameter in known.items():
            if key not in known_now:
                yield f"{at} takes no {parameter['name']} any more"
            else:
                yield from self._values(
                    parameter["schema"], known_now[key]["schema"], f"{at} {parameter['name']}", "written"
                )
        for key, parameter in known_now.items():
            if parameter.get("required") and not known.get(key, {}).get("required"):
                yield f"{at} asks for {parameter['name']} now"

    def _bodies(self, was: Schema | None, now: Schema | None, at: str) -> Iterator[str]:
        if was is not None and now is None:
            yield f"{at} takes no body any more"
        elif now is not None and now.get("required") and not (was or {}).get("required"):
            yield f"{at} asks for a body now"
        elif was is not None and now is not None:
            yield from self._contents(was, now, f"{at} body", "written")

    def _contents(self, was: Schema, now: Schema, at: str, side: Side) -> Iterator[str]:
        for kind, content in was.get("content", {}).items():
            if kind not in now.get("content", {}):
                yield f"{at} is {kind} no more"
            else:
                yield from self._values(content["schema"], now["content"][kind]["schema"], at, side)

    def _values(self, was: Schema, now: Schema, at: str, side: Side) -> Iterator[str]:
        if "$ref" in was and "$ref" in now:
            # A shape is looked at once: it may hold itself, and it is told once what is wrong with it.
            if (key := (was["$ref"], now["$ref"], side)) in self._seen:
                return
            self._seen.add(key)
            at = was["$ref"].rpartition("/")[2]
        was, now = _resolved(was, self.old), _resolved(now, self.new)
        if "anyOf" in was or "anyOf" in now:
            yield from self._choices(was, now, at, side)
            return
        # What is sent must fit into what is understood.
        inner, outer = (now, was) if side == "read" else (was, now)
        yield from (f"{at}: {fault}" for fault in _misfits(inner, outer))
        yield from self._fields(was, now, at, side)
        for word, place in (("items", "[]"), ("additionalProperties", ".…")):
            if isinstance(was.get(word), dict) and isinstance(now.get(word), dict):
                yield from self._values(was[word], now[word], at + place, side)

    def _choices(self, was: Schema, now: Schema, at: str, side: Side) -> Iterator[str]:
        """Each that may come has one that it fits."""
        before, after = was.get("anyOf", [was]), now.get("anyOf", [now])
        for one in after if side == "read" else before:
            pairs = [(other, one) for other in before] if side == "read" else [(one, other) for other in after]
            tries = [list(Growth(self.old, self.new, set(self._seen))._values(*pair, at, side)) for pair in pairs]
            if all(tries):
                yield min(tries, key=len)[0]

    def _fields(self, was: Schema, now: Schema, at: str, side: Side) -> Iterator[str]:
        known, known_now = was.get("properties", {}), now.get("properties", {})
        must, must_now = set(was.get("required", [])), set(now.get("required", []))
        for name in sorted(set(known) - set(known_now)):
            yield f"{at}.{name} was taken away"
        if side == "read":
            yield from (f"{at}.{name} may be missing now" for name in sorted((must - must_now) & set(known_now)))
        else:
            yield from (f"{at}.{name} is asked for now" for name in sorted(must_now - must))
        for name in (name for name in known if name in known_now):
            yield from self._values(known[name], known_now[name], f"{at}.{name}", side)


def _misfits(inner: Schema, outer: Schema) -> Iterator[str]:
    """Why a value that fits the one may not fit the other, its inside left aside."""
    kinds, kinds_outside = _kinds(inner), _kinds(outer)
    if kinds_outside and (not kinds or not kinds <= kinds_outside):
        yield f"{_told(kinds)} where {_told(kinds_outside)} is understood"
        return
    if "enum" in outer or "const" in outer:
        others = [value for value in _words(inner) or ["anything"] if value not in _words(outer)]
        if others:
            yield f"{', '.join(map(str, others))} where one of {', '.join(map(str, _words(outer)))} is understood"
    for word in ("format", "pattern"):
        if word in outer and inner.get(word) != outer[word]:
            yield f"{word} {inner.get(word)} where {outer[word]} is understood"
    for words, sign in ((_AT_LEAST, 1), (_AT_MOST, -1)):
        for word in words:
            if word in outer and (word not in inner or sign * inner[word] < sign * outer[word]):
                yield f"{word} {inner.get(word)} where {outer[word]} is understood"


def _resolved(schema: Schema, of: Document) -> Schema:
    while "$ref" in schema:
        found: Any = of
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    return schema


def _kinds(schema: Schema) -> set[str]:
    kinds = schema.get("type", [])
    return {kinds} if isinstance(kinds, str) else set(kinds)


def _words(schema: Schema) -> list[Any]:
    return list(schema["enum"]) if "enum" in schema else [schema["const"]] if "const" in schema else []


def _told(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds)) or "anything"
