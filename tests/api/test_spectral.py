"""The official linter rules of the Dutch API Design Rules find nothing in any document; nor do those of AsyncAPI."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from contracts.asyncapi import asyncapi
from keten.openapi import merged
from tests.api.documents import documents

HERE = Path(__file__).parent
FOLDER = HERE / "spectral"
RULES = HERE / "adr-ruleset.yaml"
RULES_OF_EVENTS = HERE / "asyncapi-ruleset.yaml"


@pytest.fixture(scope="session")
def spectral() -> Path:
    """The pinned linter, installed once; what npm installs is kept between runs."""
    program = FOLDER / "node_modules/.bin/spectral"
    installed = FOLDER / "node_modules/.package-lock.json"
    lock = FOLDER / "package-lock.json"
    if not program.exists() or not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        npm = shutil.which("npm")
        if npm is None:
            _missing("npm is not here")
        ran = _run(str(npm), "ci", "--ignore-scripts")
        if ran.returncode != 0:
            _missing(f"npm could not install the linter: {ran.stderr[-500:]}")
    return program


def test_the_official_rules_find_nothing(spectral: Path, tmp_path: Path) -> None:
    assert lint(spectral, tmp_path, {**documents(), "merged": merged(documents())}) == []


def test_the_linter_would_find_something(spectral: Path, tmp_path: Path) -> None:
    made = {**documents()["sharing"], "paths": {"/Not_Kebab/": documents()["sharing"]["paths"]["/levels"]}}

    found = lint(spectral, tmp_path, {"poor": made})

    assert any("nlgov:paths-kebab-case" in fault for fault in found)
    assert any("path-keys-no-trailing-slash" in fault for fault in found)


def test_the_document_of_events_is_one(spectral: Path, tmp_path: Path) -> None:
    poor = {**asyncapi(), "operations": {"tell": {"action": "tell"}}}

    assert lint(spectral, tmp_path, {"events": asyncapi()}, RULES_OF_EVENTS) == []
    assert any(
        "asyncapi-3-document-resolved" in one for one in lint(spectral, tmp_path, {"poor": poor}, RULES_OF_EVENTS)
    )


def lint(spectral: Path, folder: Path, made: Mapping[str, Any], rules: Path = RULES) -> list[str]:
    """What the rules say of these documents, hints included."""
    for name, document in made.items():
        (folder / f"{name}.json").write_text(json.dumps(document))
    files = [str(folder / f"{name}.json") for name in made]
    report = folder / "report"
    options = ["--ruleset", str(rules), "--format", "json", "--output", str(report), "--fail-severity", "hint"]
    ran = _run(str(spectral), "lint", *options, *files)
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr
    found = json.loads(report.read_text())
    assert bool(found) == bool(ran.returncode), ran.stdout + ran.stderr
    return [
        f"{Path(one['source']).stem} {one['code']} {'/'.join(map(str, one['path']))}: {one['message']}" for one in found
    ]


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False, timeout=300)


def _missing(reason: str) -> None:
    """A run that promises every engine must not pass by skipping."""
    if os.environ.get("KETEN_ENGINES") == "required":
        pytest.fail(reason)
    pytest.skip(reason)
