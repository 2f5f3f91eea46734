"""Dossiers are shared with people of other accounts, at a level and until a day; grants are changed, withdrawn and left."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

import httpx

from tests.torture.kinds.choosing import BOLD, a_dossier, a_level, a_user, given, one_of
from tests.torture.model import ACTIVE, ENDED, LIVE, Dossier, Grant, Level, Model
from tests.torture.rules import on_dossier, passable, rights, today
from tests.torture.story import Args, Keys, Kind, Line, Request, Step, keys, only

_GRANTS: Final = "/sharing/v1/grants"
_PURPOSE: Final = "Care at home together"

# The end of a grant, as a step says it: in so many days, or never.
_ENDS: Final = ("never", "30", "90", "never", "365")


@dataclass(frozen=True)
class Terms:
    """How far and until when."""

    level: Level
    until: date | None

    def takes_from(self, grant: Grant, model: Model) -> bool:
        """Whether a grant opens less, or for a shorter time, by these terms."""
        return not model.levels[grant.level].rights <= self.level.rights or _is_sooner(self.until, grant.until)

    def adds_to(self, grant: Grant, model: Model) -> frozenset[str]:
        """The rights that they give beyond what it gives: all of them when they last longer."""
        held = model.levels[grant.level].rights
        return self.level.rights if _is_sooner(grant.until, self.until) else self.level.rights - held

    def put_into(self, grant: Grant) -> None:
        if (grant.level, grant.until) != (self.level.name, self.until):
            grant.level, grant.until, grant.version = self.level.name, self.until, grant.version + 1


def _share(model: Model, step: Step) -> Request:
    dossier, recipient = model.dossiers[step.args["dossier"]], model.users[step.args["user"]]
    terms = _terms(model, step)
    refusal = on_dossier(model, model.users[step.by], "grant.give", dossier)
    broken = None if refusal else _refuses_sharing(model, step, terms)
    held = model.held_grant(dossier.name, recipient.name)

    def done(answer: httpx.Response) -> None:
        if held is not None:
            return terms.put_into(held)
        name, id = step.made("grant"), answer.json()["id"]
        model.grants[name] = Grant(
            name, id, dossier.name, recipient.name, step.by, terms.level.name, terms.until, _PURPOSE
        )
        return None

    return Request(
        "POST",
        _GRANTS,
        {
            "dossierId": dossier.id,
            "recipient": {"userId": recipient.id},
            "levelId": terms.level.id,
            "purpose": _PURPOSE,
            "legalBasis": "consent",
            "until": terms.until.isoformat() if terms.until else None,
        },
        expected=refusal or broken,
        lines=() if broken else (Line("grant.give", dossier.id, "denied" if refusal else "allowed"),),
        done=done,
        takes_away=held is not None and terms.takes_from(held, model),
    )


def _refuses_sharing(model: Model, step: Step, terms: Terms) -> str | None:
    """In the order in which it is told (SHR-15)."""
    by, dossier, recipient = (
        model.users[step.by],
        model.dossiers[step.args["dossier"]],
        model.users[step.args["user"]],
    )
    if by.name == recipient.name:
        return "share-with-self"
    if recipient.status != ACTIVE:
        return "recipient-unknown"
    if (refusal := _refuses_level(model, step, dossier, terms.level, terms.level.rights)) is not None:
        return refusal
    if model.held_grant(dossier.name, recipient.name) is not None:
        return None
    reached = terms.level.rights <= rights(model, recipient, dossier)
    return "recipient-already-has-access" if reached else None


def _refuses_level(model: Model, step: Step, dossier: Dossier, level: Level, more: frozenset[str]) -> str | None:
    by = model.users[step.by]
    own = passable(model, by, dossier)
    if not own:
        return "onward-sharing-off"
    if level.account not in (None, by.account):
        return "level-unknown"
    return None if more <= own else "level-above-own"


def _change(model: Model, step: Step) -> Request:
    grant, terms = model.grants[step.args["grant"]], _terms(model, step)
    dossier = model.dossiers[grant.dossier]
    is_his = grant.recipient == step.by
    refusal = on_dossier(model, model.users[step.by], "grant.change", dossier, missing="grant-unknown")
    broken = None if refusal else _refuses_change(model, step, grant, terms)

    def done(_answer: httpx.Response) -> None:
        terms.put_into(grant)

    return Request(
        "PATCH",
        f"{_GRANTS}/{grant.id}",
        {"levelId": terms.level.id, "until": terms.until.isoformat() if terms.until else None},
        version=grant.version,
        expected=refusal or broken,
        lines=() if broken else (Line("grant.change", dossier.id, "denied" if refusal else "allowed"),),
        done=done,
        takes_away=terms.takes_from(grant, model),
        # Who lowered what was given to himself is asking, the second time, for what he may no more.
        done_before=("forbidden", "grant-unknown") if is_his else (),
        again=(Line("grant.change", dossier.id, "denied"),) if is_his else (),
    )


def _refuses_change(model: Model, step: Step, grant: Grant, terms: Terms) -> str | None:
    if grant.status != LIVE:
        return "grant-ended"
    if terms.level.name != grant.level and terms.level.account not in (None, model.users[step.by].account):
        return "level-unknown"
    more = terms.adds_to(grant, model)
    is_same = (terms.level.name, terms.until) == (grant.level, grant.until)
    if is_same or not more:
        return None
    own = passable(model, model.users[step.by], model.dossiers[grant.dossier])
    if not own:
        return "onward-sharing-off"
    return None if more <= own else "level-above-own"


def _end(model: Model, step: Step) -> Request:
    """Withdrawn, or left by its recipient."""
    grant, by = model.grants[step.args["grant"]], model.users[step.by]
    dossier, withdrawn = model.dossiers[grant.dossier], "grant.withdraw"
    leaves = grant.recipient == by.name and grant.status == LIVE
    refusal = None if leaves else on_dossier(model, by, withdrawn, dossier, missing="grant-unknown")
    has_ended = refusal is None and grant.status != LIVE
    line = Line("grant.leave" if leaves else withdrawn, dossier.id, "denied" if refusal else "allowed")

    def done(_answer: httpx.Response) -> None:
        grant.status, grant.version = ENDED, grant.version + 1

    return Request(
        "DELETE",
        f"{_GRANTS}/{grant.id}",
        expected=refusal or ("grant-ended" if has_ended else None),
        lines=() if has_ended else (line,),
        done=done,
        takes_away=True,
        # Who has left is asking, the second time, for what is not his any more.
        done_before=("grant-ended", "grant-unknown", "forbidden") if leaves else (),
        again=(Line(withdrawn, dossier.id, "denied"),) if leaves else (),
    )


def _terms(model: Model, step: Step) -> Terms:
    ends = step.args["until"]
    until = None if ends == "never" else today() + timedelta(days=int(ends))
    return Terms(model.levels[step.args["level"]], until)


def _is_sooner(one: date | None, other: date | None) -> bool:
    return one is not None and (other is None or one < other)


def _pick_shared(model: Model, chance: Random, by: str) -> Args | None:
    """Mostly a dossier of his own account, with somebody of another who acts in the story."""
    dossier, level = a_dossier(model, chance, by), a_level(model, chance, by)
    user = a_user(model, chance, by, colleague=False)
    acting = one_of(chance, [u.name for u in model.people() if u.account != model.users[by].account])
    is_bold = chance.random() < BOLD
    return given(dossier=dossier, user=user if is_bold else acting, level=level, until=one_of(chance, _ENDS))


def _pick_changed(model: Model, chance: Random, by: str) -> Args | None:
    return given(grant=_a_grant(model, chance, by), level=a_level(model, chance, by), until=one_of(chance, _ENDS))


def _pick_ended(model: Model, chance: Random, by: str) -> Args | None:
    return given(grant=_a_grant(model, chance, by))


def _a_grant(model: Model, chance: Random, by: str) -> str | None:
    """Mostly a live one that has to do with him."""
    is_bold, account = chance.random() < BOLD, model.users[by].account
    near = [
        one.name
        for one in model.grants.values()
        if is_bold or (one.status == LIVE and (one.recipient == by or model.dossiers[one.dossier].account == account))
    ]
    return one_of(chance, near)


def _sharing(_model: Model, step: Step) -> Keys:
    shared = (f"user:{step.by}", f"user:{step.args['user']}", f"level:{step.args['level']}")
    return keys(*shared, holds=(f"dossier:{step.args['dossier']}",))


def _grant(model: Model, step: Step) -> Keys:
    shared = [f"level:{step.args['level']}"] if "level" in step.args else []
    dossier = model.grants[step.args["grant"]].dossier
    return keys(f"user:{step.by}", *shared, holds=(f"dossier:{dossier}",))


KINDS: Final[Mapping[str, Kind]] = {
    "share": Kind(
        14, _pick_shared, _sharing, only(_share), "{by} shares {dossier} with {user} at {level}, end: {until}"
    ),
    "change grant": Kind(8, _pick_changed, _grant, only(_change), "{by} changes {grant} to {level}, end: {until}"),
    "end grant": Kind(7, _pick_ended, _grant, only(_end), "{by} withdraws or leaves {grant}"),
}
