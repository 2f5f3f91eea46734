"""Files are announced, sent, read through their link, and removed."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

import httpx

from tests.torture.kinds.choosing import a_dossier, given, one_of
from tests.torture.model import File, Model
from tests.torture.rules import on_dossier
from tests.torture.story import Args, Keys, Kind, Line, NotAsItMustBe, Request, Step, keys, only

_FILES: Final = "/documents/v1/files"
_KEPT, _REMOVED = 2, 3


def _add(model: Model, step: Step, answered: int) -> Request | None:
    """Announced, then sent; what was refused is not sent."""
    by, dossier = model.users[step.by], model.dossiers[step.args["dossier"]]
    refusal = on_dossier(model, by, "file.add", dossier)
    line = (Line("file.add", dossier.id, "denied" if refusal else "allowed"),)
    name, content = step.made("file"), f"Sent {step.label}.".encode()

    def announced(answer: httpx.Response) -> None:
        model.files[name] = File(name, answer.json()["id"], dossier.name, content)

    def received(_answer: httpx.Response) -> None:
        model.files[name].version = _KEPT

    if answered == 0:
        body = {"dossierId": dossier.id, "name": f"{step.label}.txt"}
        return Request("POST", _FILES, body, expected=refusal, lines=line, done=announced)
    if answered == 1 and refusal is None:
        return Request("PUT", f"{_FILES}/{model.files[name].id}/content", content, lines=line, done=received)
    return None


def _read(model: Model, step: Step, answered: int) -> Request | None:
    """Looked at, then read by the link that stands there."""
    file = model.files[step.args["file"]]
    refusal, lines = _may(model, step, "file.read", file)
    if answered == 0:
        return Request("GET", f"{_FILES}/{file.id}", expected=refusal, lines=lines, done=_link_of(file))
    if answered == 1 and refusal is None:
        _, lines = _may(model, step, "file.download", file)
        return Request("GET", file.link, lines=lines, done=_holds(file))
    return None


def _link_of(file: File) -> Callable[[httpx.Response], None]:
    def done(answer: httpx.Response) -> None:
        file.link = answer.json()["content"]["url"]

    return done


def _holds(file: File) -> Callable[[httpx.Response], None]:
    def done(answer: httpx.Response) -> None:
        if answer.content != file.content:
            raise NotAsItMustBe(f"holds {answer.content[:60]!r} and not what was sent")

    return done


def _may(model: Model, step: Step, action: str, file: File) -> tuple[str | None, tuple[Line, ...]]:
    """How it is refused, if it is. Nobody knows any more where a removed file stood, and nothing is logged."""
    if file.version == _REMOVED:
        return "file-unknown", ()
    dossier = model.dossiers[file.dossier]
    refusal = on_dossier(model, model.users[step.by], action, dossier, missing="file-unknown")
    return refusal, (Line(action, dossier.id, "denied" if refusal else "allowed"),)


def _remove(model: Model, step: Step) -> Request:
    file = model.files[step.args["file"]]
    refusal, lines = _may(model, step, "file.remove", file)

    def done(_answer: httpx.Response) -> None:
        file.version = _REMOVED

    return Request(
        "DELETE", f"{_FILES}/{file.id}", expected=refusal, lines=lines, done=done, done_before=("file-unknown",)
    )


def _pick_dossier(model: Model, chance: Random, by: str) -> Args | None:
    return given(dossier=a_dossier(model, chance, by))


def _pick_file(model: Model, chance: Random, by: str) -> Args | None:
    dossier = a_dossier(model, chance, by)
    kept = [f.name for f in model.files.values() if f.dossier == dossier and f.version == _KEPT]
    return given(file=one_of(chance, kept))


def _in_dossier(model: Model, step: Step) -> Keys:
    dossier = step.args.get("dossier") or model.files[step.args["file"]].dossier
    return keys(f"user:{step.by}", holds=(f"dossier:{dossier}",))


KINDS: Final[Mapping[str, Kind]] = {
    "add file": Kind(5, _pick_dossier, _in_dossier, _add, "{by} adds file {label} to {dossier}"),
    "read file": Kind(3, _pick_file, _in_dossier, _read, "{by} looks at {file}"),
    "remove file": Kind(1, _pick_file, _in_dossier, only(_remove), "{by} removes {file}"),
}
