"""The part of the Python client that is generated from the gateway's OpenAPI document."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from keten.place import CHECKOUT
from keten.published import OPENAPI

HOME = CHECKOUT / "clients/python"
PACKAGE = HOME / "keten_client"

# What of the generator's package is used; the rest of ours is written by hand.
_PARTS = ("api", "models", "types.py")


def generated(document: Path = OPENAPI) -> dict[Path, str]:
    """Each generated file as it should be. Raises `RuntimeError` with what the generator does not understand."""
    programs = Path(sys.executable).parent
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / PACKAGE.name
        options = {
            "path": document,
            "output-path": made,
            "config": HOME / "generator.yaml",
            "custom-template-path": HOME / "templates",
            "meta": "none",
        }
        told = [f"--{name}={value}" for name, value in options.items()]
        ran = subprocess.run(
            [programs / "openapi-python-client", "generate", "--fail-on-warning", *told],
            env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode != 0:
            raise RuntimeError(f"The client cannot be generated:\n{ran.stdout}{ran.stderr}")
        return {PACKAGE / path.relative_to(made): path.read_text() for path in _files(made)}


def committed() -> dict[Path, str]:
    """Each generated file as it is."""
    return {path: path.read_text() for path in _files(PACKAGE)}


def _files(package: Path) -> Iterator[Path]:
    for part in _PARTS:
        found = package / part
        yield from sorted(found.rglob("*.py")) if not found.suffix else [found] if found.exists() else []
