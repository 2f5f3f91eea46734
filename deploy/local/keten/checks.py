"""What `make check` and `make rules` ask beyond formatting, types and imports: policies, snapshots, promises, the client,
rules without a test."""

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from chassis.decisions import EmbeddedRego
from contracts import actions, schemas
from keten import openapi
from keten.generated_client import committed, generated
from keten.growth import Growth
from keten.place import CHECKOUT
from keten.published import OPENAPI

OPA_IMAGE = "openpolicyagent/opa:1.22.2"
POLICIES = CHECKOUT / "policies"

# The documents of the last release; `make release` alone moves them.
RELEASED = CHECKOUT / "released"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 with a sentence per fault."""
    parser = argparse.ArgumentParser(prog="python -m keten.checks")
    parser.add_argument("check", choices=["policies", "schemas", "promises", "client", "rules"])
    parser.add_argument("--write", action="store_true", help="write what would be compared")
    given = parser.parse_args(arguments)
    checks = {"policies": _policies, "schemas": _schemas, "promises": _promises, "client": _client, "rules": _rules}
    faults = list(checks[given.check](given.write))
    print("\n".join(faults) if faults else f"{given.check}: all well")
    return 1 if faults else 0


def _policies(write: bool) -> Iterator[str]:
    data = POLICIES / "data.json"
    if json.loads(data.read_text()) != actions.policy_data():
        yield "policies/data.json is not what contracts.actions says. Run: python -m contracts.actions > policies/data.json"
    EmbeddedRego(POLICIES)
    opa = _opa()
    if opa is None:
        print(
            "policies: no OPA here (neither the program nor Docker with its image); fmt and strict check were skipped"
        )
        return
    for command in (["check", "--strict"], ["fmt", "--list", "--fail"]):
        ran = subprocess.run([*opa, *command, "keten"], cwd=POLICIES, capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            yield f"opa {' '.join(command)}:\n{ran.stdout}{ran.stderr}"


def _opa() -> list[str] | None:
    if shutil.which("opa"):
        return ["opa"]
    docker = shutil.which("docker")
    known = docker and subprocess.run([docker, "image", "inspect", OPA_IMAGE], capture_output=True, check=False)
    if not known or known.returncode != 0:
        return None
    return [str(docker), "run", "--rm", "-v", f"{POLICIES}:/policies:ro", "-w", "/policies", OPA_IMAGE]


def _schemas(write: bool) -> Iterator[str]:
    """Each snapshot as it should be, against the file."""
    for path, expected in [*_event_schemas(), *_openapi_documents()]:
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(expected)
        elif not path.exists() or path.read_text() != expected:
            yield f"{path.relative_to(CHECKOUT)} is not what the code says. Look at the difference, then run: make schemas"


def _event_schemas() -> Iterator[tuple[Path, str]]:
    for name, text in schemas.snapshots().items():
        yield CHECKOUT / "libs/contracts" / name, text


def _openapi_documents() -> Iterator[tuple[Path, str]]:
    """Of each service, and of all of them in one."""
    made = openapi.service_documents()
    for service, one in made.items():
        yield (
            CHECKOUT / f"services/{service}/openapi.json",
            json.dumps(one, indent=1, ensure_ascii=False, sort_keys=True) + "\n",
        )
    yield OPENAPI, openapi.text(openapi.merged(made))


def _promises(write: bool) -> Iterator[str]:
    """What this release says, against what the last one promised to whoever built on it."""
    for now in (OPENAPI, schemas.FOLDER / "asyncapi.json"):
        released = RELEASED / now.name
        if write:
            RELEASED.mkdir(exist_ok=True)
            released.write_text(now.read_text())
        else:
            faults = Growth(json.loads(released.read_text()), json.loads(now.read_text())).faults()
            yield from (f"{released.relative_to(CHECKOUT)} promised more: {fault}" for fault in faults)


def _client(write: bool) -> Iterator[str]:
    """The generated part of the Python client, against the document that it is generated from."""
    expected, found = generated(), committed()
    if write:
        for gone in set(found) - set(expected):
            gone.unlink()
        for path, text in expected.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    elif expected != found:
        differ = sorted(path for path in {*expected, *found} if expected.get(path) != found.get(path))
        named = ", ".join(str(path.relative_to(CHECKOUT)) for path in differ[:3])
        yield f"{len(differ)} generated files of the client differ from the API: {named} … Run: make client"


def _rules(write: bool) -> Iterator[str]:
    """Rules that docs/rules.md calls done and no test shows, and tests of rules that it does not know."""
    done = set(re.findall(r"^\| ([A-Z]+-\d+) ", (CHECKOUT / "docs/rules.md").read_text(), re.MULTILINE))
    shown = set(_rules_shown())
    yield from (f"{rule}: done by docs/rules.md, and no test shows it" for rule in sorted(done - shown, key=_order))
    yield from (f"{rule}: shown by a test, and not in docs/rules.md" for rule in sorted(shown - done, key=_order))


def _rules_shown() -> Iterator[str]:
    for folder in ("libs", "services", "policies", "deploy", "tests"):
        for path in (CHECKOUT / folder).rglob("test_*.py"):
            for marked in re.findall(r"mark\.rule\(([^)]*)\)", path.read_text()):
                yield from re.findall(r"[A-Z]+-\d+", marked)


def _order(rule: str) -> tuple[str, int]:
    name, _, number = rule.partition("-")
    return name, int(number)


if __name__ == "__main__":
    sys.exit(main())
