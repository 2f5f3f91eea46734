"""Client groups are opened, renamed and closed, and colleagues reach them at a level. Accounts make levels of their own."""

from collections.abc import Mapping
from random import Random
from typing import Final

import httpx

from contracts.rights import ALL_RIGHTS
from tests.torture.kinds.choosing import a_group, a_level, a_user, given, one_of
from tests.torture.model import ACTIVE, ENDED, LIVE, Access, Group, Level, Model
from tests.torture.rules import on_account, on_group
from tests.torture.story import Args, Keys, Kind, Line, Request, Step, keys, only

_GROUPS: Final = "/dossier/v1/client-groups"


def _open(model: Model, step: Step) -> Request:
    by = model.users[step.by]
    refusal, called = on_account(by, "client_group.manage", by.account), f"Groep {step.label}"

    def done(answer: httpx.Response) -> None:
        made = Group(step.made("group"), answer.json()["id"], by.account, called)
        model.groups[made.name] = made

    return Request(
        "POST",
        _GROUPS,
        {"name": called},
        expected=refusal,
        lines=_line("client_group.manage", refusal),
        done=done,
    )


def _rename(model: Model, step: Step) -> Request:
    group, called = model.groups[step.args["group"]], f"Anders {step.label}"
    refusal, lines = _may_manage(model, step, group)

    def done(_answer: httpx.Response) -> None:
        group.called, group.version = called, group.version + 1

    return Request(
        "PATCH",
        f"{_GROUPS}/{group.id}",
        {"name": called},
        version=group.version,
        expected=refusal,
        lines=lines,
        done=done,
        done_before=("version-stale",),
    )


def _close(model: Model, step: Step) -> Request:
    group = model.groups[step.args["group"]]
    refusal, lines = _may_manage(model, step, group)
    is_empty = all(dossier.group != group.name for dossier in model.dossiers.values())

    def done(_answer: httpx.Response) -> None:
        group.status, group.version = "closed", group.version + 1

    return Request(
        "DELETE",
        f"{_GROUPS}/{group.id}",
        expected=refusal or (None if is_empty else "group-not-empty"),
        lines=lines if refusal or is_empty else (),
        done=done,
        done_before=("group-unknown",),
    )


def _set_access(model: Model, step: Step) -> Request:
    group, user = model.groups[step.args["group"]], model.users[step.args["user"]]
    level = model.levels[step.args["level"]]
    refusal, lines = _may_manage(model, step, group)
    broken = None if refusal else _refuses_access(model, step, user.account, user.status, level)
    held = model.accesses.get((group.name, user.name))

    def done(_answer: httpx.Response) -> None:
        if held is None:
            model.accesses[group.name, user.name] = Access(group.name, user.name, level.name)
        elif (held.level, held.status) != (level.name, LIVE):
            held.level, held.status, held.version = level.name, LIVE, held.version + 1

    return Request(
        "PUT",
        f"{_GROUPS}/{group.id}/access/{user.id}",
        {"levelId": level.id},
        expected=refusal or broken,
        lines=() if broken else lines,
        done=done,
        takes_away=held is not None and held.status == LIVE and not model.levels[held.level].rights <= level.rights,
    )


def _refuses_access(model: Model, step: Step, account: str, status: str, level: Level) -> str | None:
    own = model.users[step.by].account
    if account != own or status != ACTIVE:
        return "user-not-in-account"
    return None if level.account in (None, own) else "level-unknown"


def _end_access(model: Model, step: Step) -> Request:
    group, user = model.groups[step.args["group"]], model.users[step.args["user"]]
    refusal, lines = _may_manage(model, step, group)
    held = model.accesses.get((group.name, user.name))
    has_ended = refusal is None and (held is None or held.status == ENDED)

    def done(_answer: httpx.Response) -> None:
        assert held is not None
        held.status, held.version = ENDED, held.version + 1

    return Request(
        "DELETE",
        f"{_GROUPS}/{group.id}/access/{user.id}",
        expected=refusal or ("group-access-unknown" if has_ended else None),
        lines=() if has_ended else lines,
        done=done,
        takes_away=True,
    )


def _define_level(model: Model, step: Step) -> Request:
    by, code = model.users[step.by], f"own-{step.label.replace('.', '-')}"
    refusal = on_account(by, "level.manage", by.account)
    sections: dict[str, list[str]] = {}
    for right in step.args["rights"].split():
        section, verb = right.split(":")
        sections.setdefault(section, []).append(verb)

    def done(answer: httpx.Response) -> None:
        made = Level(step.made("level"), answer.json()["id"], by.account, code, frozenset(step.args["rights"].split()))
        model.levels[made.name] = made

    return Request(
        "POST",
        "/sharing/v1/levels",
        {"code": code, "name": f"Eigen {step.label}", "sections": sections},
        expected=refusal,
        lines=_line("level.manage", refusal),
        done=done,
    )


def _may_manage(model: Model, step: Step, group: Group) -> tuple[str | None, tuple[Line, ...]]:
    """How it is refused, if it is; a closed group is there for nobody, and nothing is logged."""
    if group.status != "open":
        return "group-unknown", ()
    refusal = on_group(model, model.users[step.by], "group.manage", group)
    return refusal, _line("group.manage", refusal)


def _line(action: str, refusal: str | None) -> tuple[Line, ...]:
    return (Line(action, None, "denied" if refusal else "allowed"),)


def _pick_nothing(_model: Model, _chance: Random, _by: str) -> Args | None:
    return {}


def _pick_group(model: Model, chance: Random, by: str) -> Args | None:
    return given(group=a_group(model, chance, by))


def _pick_access(model: Model, chance: Random, by: str) -> Args | None:
    group, level = a_group(model, chance, by), a_level(model, chance, by)
    return given(group=group, level=level, user=a_user(model, chance, by, colleague=True))


def _pick_ended(model: Model, chance: Random, by: str) -> Args | None:
    account = model.users[by].account
    held = [f"{group}|{user}" for group, user in model.accesses if model.groups[group].account == account]
    chosen = one_of(chance, held)
    if chosen is None:
        return None
    group, _, user = chosen.partition("|")
    return given(group=group, user=user)


def _pick_rights(_model: Model, chance: Random, _by: str) -> Args | None:
    """Whoever writes reads."""
    read = {right for right in sorted(ALL_RIGHTS) if right.endswith(":read") and chance.random() < 0.6}
    more = {right for right in sorted(ALL_RIGHTS - read) if chance.random() < 0.4}
    held = read | {right for right in more if right.replace(":write", ":read") in read or right == "members:manage"}
    return given(rights=" ".join(sorted(held | {"profile:read"})))


def _by_alone(_model: Model, step: Step) -> Keys:
    return keys(f"user:{step.by}")


def _group(_model: Model, step: Step) -> Keys:
    return keys(f"user:{step.by}", holds=(f"group:{step.args['group']}",))


def _group_and_user(_model: Model, step: Step) -> Keys:
    shared = [f"level:{step.args['level']}"] if "level" in step.args else []
    return keys(f"user:{step.by}", f"group:{step.args['group']}", *shared, holds=(f"user:{step.args['user']}",))


KINDS: Final[Mapping[str, Kind]] = {
    "open group": Kind(4, _pick_nothing, _by_alone, only(_open), "{by} opens group {label}"),
    "rename group": Kind(2, _pick_group, _group, only(_rename), "{by} renames {group}"),
    "close group": Kind(1, _pick_group, _group, only(_close), "{by} closes {group}"),
    "set access": Kind(
        8, _pick_access, _group_and_user, only(_set_access), "{by} lets {user} reach {group} at {level}"
    ),
    "end access": Kind(4, _pick_ended, _group_and_user, only(_end_access), "{by} ends the access of {user} to {group}"),
    "define level": Kind(1, _pick_rights, _by_alone, only(_define_level), "{by} makes level {label}: {rights}"),
}
