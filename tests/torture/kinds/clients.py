"""Clients are registered, moved, corrected, archived and restored."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

import httpx

from contracts.actions import Role
from tests.torture.kinds.choosing import a_dossier, a_group, given
from tests.torture.model import ARCHIVED, OPEN, Dossier, Model
from tests.torture.rules import on_dossier, on_group
from tests.torture.story import MADE, Args, Keys, Kind, Line, Request, Step, keys, only


def _register(model: Model, step: Step) -> Request:
    by, group = model.users[step.by], model.groups[step.args["group"]]
    profile = {"givenName": "Eddy", "familyName": f"Berg {step.label}"}

    def done(answer: httpx.Response) -> None:
        told = answer.json()
        made = Dossier(
            step.made("dossier"), told["dossierId"], told["clientId"], group.account, group.name, dict(profile)
        )
        model.dossiers[made.name] = made

    closed = group.status != "open"
    refusal = "group-unknown" if closed else on_group(model, by, "group.register_client", group)
    # The line of what was done is about a dossier that has no id before the answer.
    lines = () if closed else (Line("group.register_client", None if refusal else MADE, _outcome(refusal)),)
    return Request(
        "POST",
        "/dossier/v1/clients",
        {"groupId": group.id, "profile": profile},
        expected=refusal,
        lines=lines,
        done=done,
    )


def _move(model: Model, step: Step) -> Request:
    by, dossier = model.users[step.by], model.dossiers[step.args["dossier"]]
    group = model.groups[step.args["group"]]
    refusal = on_dossier(model, by, "dossier.move", dossier, missing="client-unknown")
    lines: tuple[Line, ...] = (Line("dossier.move", dossier.id, _outcome(refusal)),)
    if refusal is None:
        refusal, lines = _into(model, step, dossier)
    moves = refusal is None and dossier.group != group.name

    def done(_answer: httpx.Response) -> None:
        if moves:
            dossier.group, dossier.version = group.name, dossier.version + 1

    return Request(
        "POST",
        f"/dossier/v1/clients/{dossier.client_id}/_move",
        {"groupId": group.id},
        expected=refusal,
        lines=lines,
        done=done,
        takes_away=moves,
        # Who does not reach the new group is asking, the second time, for what he may no more.
        done_before=("client-unknown", "forbidden") if by.role == Role.MEMBER else (),
        again=(Line("dossier.move", dossier.id, "denied"),) if by.role == Role.MEMBER else (),
    )


def _into(model: Model, step: Step, dossier: Dossier) -> tuple[str | None, tuple[Line, ...]]:
    """Whether the group takes him in; of what was then not done nothing is logged but the denial."""
    group = model.groups[step.args["group"]]
    if group.status != "open":
        return "group-unknown", ()
    refusal = on_group(model, model.users[step.by], "group.register_client", group)
    taken = Line("group.register_client", None, _outcome(refusal))
    return refusal, (taken,) if refusal else (Line("dossier.move", dossier.id), taken)


def _correct(model: Model, step: Step) -> Request:
    by, dossier = model.users[step.by], model.dossiers[step.args["dossier"]]
    refusal = on_dossier(model, by, "profile.write", dossier)
    changes = {"givenName": f"Ed {step.label}", "phone": f"06 {step.label}"}

    def done(_answer: httpx.Response) -> None:
        dossier.profile |= changes
        dossier.profile_version += 1

    return Request(
        "PATCH",
        f"/dossier/v1/dossiers/{dossier.id}/profile",
        changes,
        version=dossier.profile_version,
        expected=refusal,
        lines=(Line("profile.write", dossier.id, _outcome(refusal)),),
        done=done,
        done_before=("version-stale",),
    )


def _to(status: str, verb: str, already: str) -> Callable[[Model, Step], Request]:
    def request(model: Model, step: Step) -> Request:
        by, dossier = model.users[step.by], model.dossiers[step.args["dossier"]]
        refusal = on_dossier(model, by, f"dossier.{verb}", dossier)
        broken = already if refusal is None and dossier.status == status else None

        def done(_answer: httpx.Response) -> None:
            dossier.status, dossier.version = status, dossier.version + 1

        return Request(
            "POST",
            f"/dossier/v1/dossiers/{dossier.id}/_{verb}",
            version=dossier.version,
            expected=refusal or broken,
            lines=() if broken else (Line(f"dossier.{verb}", dossier.id, _outcome(refusal)),),
            done=done,
            takes_away=status == ARCHIVED,
        )

    return request


def _outcome(refusal: str | None) -> str:
    return "denied" if refusal else "allowed"


def _pick_group(model: Model, chance: Random, by: str) -> Args | None:
    return given(group=a_group(model, chance, by))


def _pick_move(model: Model, chance: Random, by: str) -> Args | None:
    return given(dossier=a_dossier(model, chance, by), group=a_group(model, chance, by))


def _pick_dossier(model: Model, chance: Random, by: str) -> Args | None:
    return given(dossier=a_dossier(model, chance, by))


def _pick_archived(model: Model, chance: Random, by: str) -> Args | None:
    """Restored as often as archived, or all would be archived in the end."""
    chosen = a_dossier(model, chance, by)
    return given(dossier=chosen) if chosen and model.dossiers[chosen].status == OPEN else None


def _pick_restored(model: Model, chance: Random, by: str) -> Args | None:
    chosen = a_dossier(model, chance, by)
    is_bold = chance.random() < 0.1
    return given(dossier=chosen) if chosen and (is_bold or model.dossiers[chosen].status == ARCHIVED) else None


def _in_group(_model: Model, step: Step) -> Keys:
    return keys(f"user:{step.by}", f"group:{step.args['group']}")


def _dossier(model: Model, step: Step) -> Keys:
    shared = [f"group:{step.args['group']}"] if "group" in step.args else []
    return keys(f"user:{step.by}", *shared, holds=(f"dossier:{step.args['dossier']}",))


KINDS: Final[Mapping[str, Kind]] = {
    "register": Kind(14, _pick_group, _in_group, only(_register), "{by} registers client {label} in {group}"),
    "move": Kind(4, _pick_move, _dossier, only(_move), "{by} moves {dossier} to {group}"),
    "correct": Kind(4, _pick_dossier, _dossier, only(_correct), "{by} corrects the profile of {dossier}"),
    "archive": Kind(
        3,
        _pick_archived,
        _dossier,
        only(_to(ARCHIVED, "archive", "dossier-already-archived")),
        "{by} archives {dossier}",
    ),
    "restore": Kind(
        12, _pick_restored, _dossier, only(_to(OPEN, "restore", "dossier-not-archived")), "{by} restores {dossier}"
    ),
}
