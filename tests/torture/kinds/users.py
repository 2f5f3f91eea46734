"""Users come, are changed, suspended, let back in and removed; people rename themselves and show a photo."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

import httpx

from keten.portraits import portrait
from tests.torture.kinds.choosing import a_user, given, one_of
from tests.torture.model import ACTIVE, Model, User
from tests.torture.rules import on_account
from tests.torture.story import Args, Keys, Kind, Line, Request, Step, keys, only

_USERS: Final = "/identity/v1/users"
_OWNER: Final = "owner"


def _add(model: Model, step: Step) -> Request:
    by = model.users[step.by]
    refusal = on_account(by, "user.add", by.account)
    called, email = f"Collega {step.label}", f"{step.label.replace('.', '-')}-{by.id[-12:]}@example.org"
    role = step.args["role"]

    def done(answer: httpx.Response) -> None:
        made = User(step.made("user"), answer.json()["id"], by.account, email, called, role)
        model.users[made.name] = made
        model.invited.append(made.name)

    body = {"name": called, "email": email, "role": role}
    return Request("POST", _USERS, body, expected=refusal, lines=_line("user.add", refusal), done=done)


def _change(model: Model, step: Step) -> Request:
    by, user = model.users[step.by], model.users[step.args["user"]]
    role, medical = step.args["role"], step.args["medical"] == "yes"
    actions = ("user.change", "medical.authorise")
    refusal = on_account(by, actions[0], user.account, missing="user-not-found")
    lines = _line(actions[0], refusal) if refusal else (*_line(actions[0], None), *_line(actions[1], None))
    broken = None if refusal else _refuses_change(user, role)
    loses = (user.medical and not medical) or (role == "member" and user.role != "member")

    def done(_answer: httpx.Response) -> None:
        if (user.role, user.medical) != (role, medical):
            user.role, user.medical, user.version = role, medical, user.version + 1

    return Request(
        "PATCH",
        f"{_USERS}/{user.id}",
        {"role": role, "medical": medical},
        version=user.version,
        expected=refusal or broken,
        lines=() if broken else lines,
        done=done,
        takes_away=loses,
        # Who made himself a member is asking, the second time, for what he may no more.
        done_before=("forbidden",) if by is user else (),
        again=(Line(actions[0], None, "denied"),) if by is user else (),
    )


def _refuses_change(user: User, role: str) -> str | None:
    if user.status == "removed":
        return "already-removed"
    return "owner-stays" if role != user.role and _OWNER in (role, user.role) else None


def _to(status: str, verb: str, rule: Callable[[User, User], str | None]) -> Callable[[Model, Step], Request]:
    """Suspend, resume and remove differ in their words only."""

    def request(model: Model, step: Step) -> Request:
        by, user = model.users[step.by], model.users[step.args["user"]]
        refusal = on_account(by, f"user.{verb}", user.account, missing="user-not-found")
        broken = None if refusal else rule(by, user)

        def done(_answer: httpx.Response) -> None:
            user.status, user.version = status, user.version + 1
            user.was_away = user.was_away or status != ACTIVE
            user.has_photo = user.has_photo and status != "removed"

        return Request(
            "POST",
            f"{_USERS}/{user.id}/_{verb}",
            expected=refusal or broken,
            lines=() if broken else _line(f"user.{verb}", refusal),
            done=done,
            takes_away=status != ACTIVE,
        )

    return request


def _refuses_suspending(by: User, user: User) -> str | None:
    return _refuses_ending(by, user) or ("already-suspended" if user.status == "suspended" else None)


def _refuses_resuming(by: User, user: User) -> str | None:
    if user.status == "removed":
        return "already-removed"
    return None if user.status == "suspended" else "not-suspended"


def _refuses_ending(by: User, user: User) -> str | None:
    if user.status == "removed":
        return "already-removed"
    if user.role == _OWNER:
        return "owner-stays"
    return "not-yourself" if user.name == by.name else None


def _rename(model: Model, step: Step) -> Request:
    user, called = model.users[step.by], f"Anders {step.label}"

    def done(_answer: httpx.Response) -> None:
        user.called, user.language, user.version = called, step.args["language"], user.version + 1

    return Request(
        "PATCH",
        f"{_USERS}/me",
        {"name": called, "language": step.args["language"]},
        version=user.version,
        lines=_line("self.change", None),
        done=done,
        done_before=("version-stale",),
    )


def _show_photo(model: Model, step: Step) -> Request:
    user = model.users[step.by]

    def done(_answer: httpx.Response) -> None:
        user.has_photo = True

    # Who is asked for a photo twice shows the last one: asking again does no harm.
    return Request("PUT", f"{_USERS}/{user.id}/photo", portrait(user.called), lines=_line("photo.set", None), done=done)


def _line(action: str, refusal: str | None) -> tuple[Line, ...]:
    return (Line(action, None, "denied" if refusal else "allowed"),)


def _pick_new(model: Model, chance: Random, by: str) -> Args | None:
    return given(role=one_of(chance, ["administrator", "member"]))


def _pick_changed(model: Model, chance: Random, by: str) -> Args | None:
    user, role = a_user(model, chance, by, colleague=True), one_of(chance, ["administrator", "member"])
    medical = one_of(chance, ["yes", "no"])
    # A photo that is being made gives its user a version that nobody can foresee.
    if user is None or model.users[user].has_photo:
        return None
    is_owner = model.users[user].role == _OWNER
    return given(user=user, role=_OWNER if is_owner and chance.random() < 0.8 else role, medical=medical)


def _pick_user(model: Model, chance: Random, by: str) -> Args | None:
    return given(user=a_user(model, chance, by, colleague=True))


def _pick_ended(model: Model, chance: Random, by: str) -> Args | None:
    """Who acts in the story is suspended now and then and never removed, or nobody would be left to act."""
    is_of_cast = chance.random() < 0.3
    there = [u.name for u in model.users.values() if u.account == model.users[by].account]
    return given(user=one_of(chance, [name for name in there if is_of_cast or not model.users[name].is_signed_in]))


def _pick_removed(model: Model, chance: Random, by: str) -> Args | None:
    there = [u for u in model.users.values() if u.account == model.users[by].account and not u.is_signed_in]
    return given(user=one_of(chance, [user.name for user in there]))


def _pick_resumed(model: Model, chance: Random, by: str) -> Args | None:
    away = [u.name for u in model.users.values() if u.status == "suspended" and u.account == model.users[by].account]
    return given(user=one_of(chance, away)) if away else None


def _pick_self(model: Model, chance: Random, by: str) -> Args | None:
    return None if model.users[by].has_photo else given(language=one_of(chance, ["nl", "en"]))


def _pick_photo(model: Model, chance: Random, by: str) -> Args | None:
    return None if model.users[by].has_photo or chance.random() < 0.5 else {}


def _by_alone(_model: Model, step: Step) -> Keys:
    return keys(f"user:{step.by}")


def _oneself(_model: Model, step: Step) -> Keys:
    return keys(holds=(f"user:{step.by}",))


def _another(_model: Model, step: Step) -> Keys:
    return keys(f"user:{step.by}", holds=(f"user:{step.args['user']}",))


KINDS: Final[Mapping[str, Kind]] = {
    "add user": Kind(2, _pick_new, _by_alone, only(_add), "{by} adds user {label} as {role}"),
    "change user": Kind(
        3, _pick_changed, _another, only(_change), "{by} makes {user} {role}, medical authorisation: {medical}"
    ),
    "suspend": Kind(
        2, _pick_ended, _another, only(_to("suspended", "suspend", _refuses_suspending)), "{by} suspends {user}"
    ),
    "resume": Kind(6, _pick_resumed, _another, only(_to(ACTIVE, "resume", _refuses_resuming)), "{by} resumes {user}"),
    "remove": Kind(
        1, _pick_removed, _another, only(_to("removed", "remove", _refuses_ending)), "{by} removes {user} for good"
    ),
    "rename oneself": Kind(2, _pick_self, _oneself, only(_rename), "{by} changes his name, language {language}"),
    "show photo": Kind(1, _pick_photo, _oneself, only(_show_photo), "{by} sends a photo of himself"),
}
