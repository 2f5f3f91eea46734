"""The command that signs in: whom it takes, and what it says when it cannot."""

import json
from pathlib import Path

import pytest

from chassis.postgres import free_port
from keten.sign_in import main


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KETEN_DATA", str(tmp_path))
    monkeypatch.setenv("KETEN_PORT", str(free_port()))
    return tmp_path


def test_it_says_how_to_start_a_platform_that_does_not_answer(
    nowhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["somebody@voorbeeld.example", "--password", "whatever it is"])

    said = capsys.readouterr()
    assert (code, said.out) == (1, "")
    assert "make up" in said.err


def test_it_knows_the_demo_people_by_their_first_name(nowhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    person = {"name": "Taco Bakker", "email": "taco@kracht.example", "password": "a password", "organisation": "K"}
    (nowhere / "demo.json").write_text(json.dumps({"people": [person]}))

    code = main(["taco"])  # asks for nothing

    assert code == 1
    assert "Password" not in capsys.readouterr().out
