"""`keten events` before it reaches anything: what is asked wrongly is refused in a sentence with what would be right."""

from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.ids import new_id
from keten.events import command
from keten.place import Refusal

Refused = Callable[..., str]


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Refused:
    """What is said of wrong arguments."""

    def ask(*arguments: str) -> str:
        with pytest.raises(SystemExit) as ended:
            command.main(arguments)
        assert ended.value.code == 2
        return capsys.readouterr().err

    return ask


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["show", "Jansen"], "invalid UUID value"),
        (["dead-letters", "replay", "nobody", str(new_id())], "invalid choice: 'nobody'"),
        (["tail", "--type", "grant-gone"], "grant-given"),
        (["tail", "--from", "yesterday"], "how long ago (15m, 2h, 3d)"),
        (["tail", "-n", "0"], "a number from 1 on"),
        (["tail", "--unmask", "--reason", "curiosity"], "invalid choice: 'curiosity'"),
        (["dead-letters", "drop", "dossier", str(new_id()), "--all"], "--reason"),
        (["dead-letters", "drop", "dossier", str(new_id()), "--reason", "fault"], "--all"),
        (["rebuild", "dossier", "--reference", "Jan Jansen belde"], "no spaces"),
        (["lag", "--machine", "--containers"], "not allowed with"),
    ],
)
def test_what_is_asked_wrongly_is_refused_with_what_would_be_right(
    arguments: list[str], told: str, refused: Refused
) -> None:
    assert told in refused(*arguments)


def test_where_nothing_runs_it_says_how_to_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KETEN_POSTGRES", raising=False)
    monkeypatch.setenv("KETEN_DATA", str(tmp_path / "none"))
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", f"keten-none-{new_id().hex}")

    with pytest.raises(Refusal, match="make up, or make compose-up"):
        command.main(["lag"])
