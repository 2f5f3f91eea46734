"""Dossiers are opened, their sections read, lists called up and names searched for. What a single dossier shows is told
exactly; what lists hold is compared when everything is at rest."""

from collections.abc import Mapping
from random import Random
from typing import Final

from tests.torture.kinds.choosing import a_dossier, a_user, given, one_of
from tests.torture.model import Model
from tests.torture.rules import on_account, on_dossier, rights
from tests.torture.story import Args, Keys, Kind, Line, Request, Step, keys, only

# Paths within a dossier, with the action that each is.
_PARTS: Final[Mapping[str, str]] = {
    "reports": "report.read",
    "goals": "plan.read",
    "tasks": "task.read",
    "documents": "document.read",
    "medical": "medical.read",
    "members": "member.read",
    "access": "access.read",
    "access-log": "access_log.read",
    "profile": "profile.read",
}

# Lists of what somebody reaches, with the lines that they are.
LISTS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "clients": ("/dossier/v1/clients?limit=100", ("dossier.read", "profile.read")),
    "client groups": ("/dossier/v1/client-groups?limit=100", ("client_group.read", "dossier.read")),
    "grants received": ("/sharing/v1/grants?limit=100", ("grant.list",)),
    "levels": ("/sharing/v1/levels?limit=100", ("level.read",)),
    "colleagues": ("/identity/v1/users?limit=100", ("user.read",)),
}


def dossier_read(model: Model, step: Step) -> Request:
    """The dossier as a whole; where the profile is shown, that is a line of its own."""
    by, dossier = model.users[step.by], model.dossiers[step.args["dossier"]]
    refusal = on_dossier(model, by, "dossier.read", dossier)
    shows = refusal is None and "profile:read" in rights(model, by, dossier)
    first = Line("dossier.read", dossier.id, "denied" if refusal else "allowed")
    lines = (first, Line("profile.read", dossier.id)) if shows else (first,)
    return Request("GET", f"/dossier/v1/dossiers/{dossier.id}", expected=refusal, lines=lines)


def _part(model: Model, step: Step) -> Request:
    by, dossier = model.users[step.by], model.dossiers[step.args["dossier"]]
    part, action = step.args["part"], _PARTS[step.args["part"]]
    refusal = on_dossier(model, by, action, dossier)
    line = Line(action, dossier.id, "denied" if refusal else "allowed")
    return Request("GET", f"/dossier/v1/dossiers/{dossier.id}/{part}", expected=refusal, lines=(line,))


def _files(model: Model, step: Step) -> Request:
    by, dossier = model.users[step.by], model.dossiers[step.args["dossier"]]
    refusal = on_dossier(model, by, "file.list", dossier)
    line = Line("file.list", dossier.id, "denied" if refusal else "allowed")
    return Request("GET", f"/documents/v1/files?dossierId={dossier.id}", expected=refusal, lines=(line,))


def _grants(model: Model, step: Step) -> Request:
    by, dossier = model.users[step.by], model.dossiers[step.args["dossier"]]
    refusal = on_dossier(model, by, "grant.read", dossier)
    line = Line("grant.read", dossier.id, "denied" if refusal else "allowed")
    return Request("GET", f"/sharing/v1/grants?dossierId={dossier.id}", expected=refusal, lines=(line,))


def _list(_model: Model, step: Step) -> Request:
    path, actions = LISTS[step.args["list"]]
    return Request("GET", path, lines=tuple(Line(action, None) for action in actions))


def _search(_model: Model, step: Step) -> Request:
    lines = (Line("client.search", None),)
    return Request("POST", "/dossier/v1/clients/_search", {"query": step.args["words"]}, lines=lines)


def _user(model: Model, step: Step) -> Request:
    by, user = model.users[step.by], model.users[step.args["user"]]
    refusal = on_account(by, "user.read", user.account, missing="user-not-found")
    line = Line("user.read", None, "denied" if refusal else "allowed")
    return Request("GET", f"/identity/v1/users/{user.id}", expected=refusal, lines=(line,))


def _self(_model: Model, _step: Step) -> Request:
    return Request("GET", "/identity/v1/users/me", lines=(Line("self.read", None),))


def _pick_dossier(model: Model, chance: Random, by: str) -> Args | None:
    return given(dossier=a_dossier(model, chance, by))


def _pick_part(model: Model, chance: Random, by: str) -> Args | None:
    return given(dossier=a_dossier(model, chance, by), part=one_of(chance, _PARTS))


def _pick_list(_model: Model, chance: Random, _by: str) -> Args | None:
    return given(list=one_of(chance, LISTS))


def _pick_words(_model: Model, chance: Random, _by: str) -> Args | None:
    return given(words=one_of(chance, ["berg", "ed", "ber 1", "nobody"]))


def _pick_user(model: Model, chance: Random, by: str) -> Args | None:
    return given(user=a_user(model, chance, by, colleague=True))


def _pick_nothing(_model: Model, _chance: Random, _by: str) -> Args | None:
    return {}


def _dossier(_model: Model, step: Step) -> Keys:
    return keys(f"user:{step.by}", f"dossier:{step.args['dossier']}")


def _by_alone(_model: Model, step: Step) -> Keys:
    return keys(f"user:{step.by}")


def _by_and_user(_model: Model, step: Step) -> Keys:
    return keys(f"user:{step.by}", f"user:{step.args['user']}")


# The session is renewed before it looks at itself.
RENEWS: Final = "renew session"

KINDS: Final[Mapping[str, Kind]] = {
    "open dossier": Kind(14, _pick_dossier, _dossier, only(dossier_read), "{by} opens {dossier}"),
    "read part": Kind(12, _pick_part, _dossier, only(_part), "{by} reads the {part} of {dossier}"),
    "read files": Kind(4, _pick_dossier, _dossier, only(_files), "{by} lists the files of {dossier}"),
    "read grants": Kind(4, _pick_dossier, _dossier, only(_grants), "{by} lists with whom {dossier} is shared"),
    "list": Kind(5, _pick_list, _by_alone, only(_list), "{by} lists his {list}"),
    "search": Kind(3, _pick_words, _by_alone, only(_search), "{by} searches for “{words}”"),
    "read user": Kind(2, _pick_user, _by_and_user, only(_user), "{by} looks at {user}"),
    RENEWS: Kind(1, _pick_nothing, _by_alone, only(_self), "{by} renews his session"),
    "read oneself": Kind(1, _pick_nothing, _by_alone, only(_self), "{by} looks at himself"),
}
