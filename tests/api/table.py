"""Who gets what on which route: one row for each. A route without a row fails the test; add its row with the route."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from contracts.ids import new_id
from contracts.services import SERVICES
from tests.api.world import LEVEL, PICTURE, World, sharing
from tests.e2e.people import PASSWORD

Body = Callable[[World], Any]

# A link that somebody made up.
_LINK = "?link=1.made.up"

# Answers to who may: the thing itself, a version asked for first, or a rule of the domain that is told to insiders only.
READ, MADE, UNDER_WAY, DONE, VERSION_FIRST, RULE = 200, 201, 202, 204, 428, 409
# Answers to who may not: he sees the thing and learns why, or he does not learn that it exists.
SEEN, HIDDEN = 403, 404


@dataclass(frozen=True)
class Row:
    """`about`: what the ids in the path stand for, in their order. `owner` is of the account the dossier belongs to;
    `colleague` is a member of that account without access to any group; `viewer` received the dossier at the lowest level;
    `stranger` owns another account."""

    about: str
    owner: int
    colleague: int
    viewer: int
    stranger: int
    body: Body | None = None
    is_open: bool = False
    suspended: frozenset[int] = frozenset({401, 403})
    query: str = ""


def _everybody(status: int, body: Body | None = None) -> Row:
    """About the asker himself or his own account only."""
    return Row("", status, status, status, status, body)


def _of_account(status: int, body: Body | None = None, *, colleague: int = SEEN) -> Row:
    """Each owner may in his own account; a member may not."""
    return Row("", status, colleague, status, status, body)


def _read(about: str) -> Row:
    return Row(about, READ, HIDDEN, READ, HIDDEN)


def _write(about: str, status: int, body: Body) -> Row:
    """The lowest level reads and writes nothing."""
    return Row(about, status, HIDDEN, SEEN, HIDDEN, body)


def _medical(about: str, status: int, body: Body | None = None) -> Row:
    """In no standard level: also who may read the rest of the dossier gets nothing of it."""
    return Row(about, status, HIDDEN, SEEN, HIDDEN, body)


def _manage(about: str, status: int, body: Body | None = None, *, colleague: int = HIDDEN, viewer: int = HIDDEN) -> Row:
    return Row(about, status, colleague, viewer, HIDDEN, body)


def _titled(_: World) -> Any:
    return {"title": "Another"}


def _noted(_: World) -> Any:
    return {"title": "Another", "text": "More of it."}


def _said(_: World) -> Any:
    return {"text": "A quiet day."}


def _named(_: World) -> Any:
    return {"name": f"Team {new_id().hex[-12:]}"}


def _level(_: World) -> Any:
    return {"code": f"own-{new_id().hex[-12:]}", "name": "Reads reports", "sections": {"reports": ["read"]}}


def _an_account(_: World) -> Any:
    address = f"somebody-{new_id().hex[-12:]}@example.org"
    return {"name": "Nieuw", "owner": {"name": "Bo Jansen", "email": address, "password": "een lange zin met woorden"}}


def _a_user(_: World) -> Any:
    return {"name": "Bo Jansen", "email": f"bo-{new_id().hex[-12:]}@example.org", "role": "member"}


def _proof(_: World) -> Any:
    return {"password": PASSWORD, "code": "000 000"}


def _position(world: World) -> Any:
    return {"position": world.position}


_IDENTITY = {
    "POST /identity/v1/accounts": replace(_everybody(UNDER_WAY, _an_account), is_open=True),
    "POST /identity/v1/password-resets": replace(
        _everybody(UNDER_WAY, lambda world: {"email": world.owner.email}), is_open=True
    ),
    "POST /identity/v1/email-verifications": _everybody(
        UNDER_WAY, lambda _: {"email": f"bo-{new_id().hex[-12:]}@example.org", "password": PASSWORD}
    ),
    # Nobody here has a second factor, or knows the code of the one that he begins to set up.
    "POST /identity/v1/second-factors": _everybody(READ, lambda _: {"password": PASSWORD}),
    "POST /identity/v1/second-factors/_confirm": _everybody(SEEN, lambda _: {"code": "000 000"}),
    "POST /identity/v1/second-factors/_renew": _everybody(RULE, _proof),
    "POST /identity/v1/second-factors/_remove": _everybody(RULE, _proof),
    "DELETE /identity/v1/second-factors/{user_id}": _manage("colleague", RULE, colleague=SEEN),
    "GET /identity/v1/accounts/{account_id}": Row("account", READ, READ, HIDDEN, HIDDEN),
    "PATCH /identity/v1/accounts/{account_id}": _manage(
        "account", VERSION_FIRST, lambda _: {"name": f"Kracht {new_id().hex[-6:]}"}, colleague=SEEN
    ),
    "POST /identity/v1/accounts/{account_id}/_transfer": _manage(
        "account", RULE, lambda world: {"userId": world["suspended"]}, colleague=SEEN
    ),
    # In this order: what is not ending cannot be kept from it.
    "POST /identity/v1/accounts/{account_id}/_keep": _manage("account", RULE, colleague=SEEN),
    "POST /identity/v1/accounts/{account_id}/_erase": _manage(
        "account", UNDER_WAY, lambda _: {"password": PASSWORD, "retention": "handed-over"}, colleague=SEEN
    ),
    "GET /identity/v1/users": _everybody(READ),
    "POST /identity/v1/users": _of_account(MADE, _a_user),
    "GET /identity/v1/users/me": _everybody(READ),
    "PATCH /identity/v1/users/me": _everybody(VERSION_FIRST, lambda _: {"language": "en"}),
    "POST /identity/v1/users/_find": _everybody(READ, lambda world: {"email": world.owner.email}),
    "GET /identity/v1/users/{user_id}": Row("colleague", READ, READ, HIDDEN, HIDDEN),
    "PATCH /identity/v1/users/{user_id}": _manage(
        "colleague", VERSION_FIRST, lambda _: {"medical": True}, colleague=SEEN
    ),
    "POST /identity/v1/users/{user_id}/_invite": _manage("to_invite", UNDER_WAY, colleague=SEEN),
    # Nobody but oneself sets a photo; where there is none, that is told to whoever might see it.
    "PUT /identity/v1/users/{user_id}/photo": Row("colleague", SEEN, UNDER_WAY, HIDDEN, HIDDEN, lambda _: PICTURE),
    "GET /identity/v1/users/{user_id}/photo": Row("to_invite", HIDDEN, HIDDEN, HIDDEN, HIDDEN, query=_LINK),
    "DELETE /identity/v1/users/{user_id}/photo": _manage("to_invite", DONE, colleague=SEEN),
    "GET /identity/v1/jobs/{job_id}": Row("photo_job", READ, HIDDEN, HIDDEN, HIDDEN),
    "POST /identity/v1/users/{user_id}/_suspend": _manage("to_suspend", DONE, colleague=SEEN),
    "POST /identity/v1/users/{user_id}/_resume": _manage("to_resume", RULE, colleague=SEEN),
    "POST /identity/v1/users/{user_id}/_remove": _manage("to_remove", DONE, colleague=SEEN),
    "POST /identity/v1/users/{user_id}/_erase": _manage("to_invite", VERSION_FIRST, colleague=SEEN),
    "GET /identity/v1/service-accounts": _of_account(READ),
    "POST /identity/v1/service-accounts": _of_account(MADE, _named),
    # Of these people nobody is one.
    "GET /identity/v1/service-accounts/me": _everybody(HIDDEN),
    "GET /identity/v1/service-accounts/{service_account_id}": _manage("system", READ, colleague=SEEN),
    "PATCH /identity/v1/service-accounts/{service_account_id}": _manage(
        "system", VERSION_FIRST, _named, colleague=SEEN
    ),
    "POST /identity/v1/service-accounts/{service_account_id}/_rotate": _manage("system", READ, colleague=SEEN),
    "DELETE /identity/v1/service-accounts/{service_account_id}/secrets/{secret_id}": _manage(
        "system secret", DONE, colleague=SEEN
    ),
    "POST /identity/v1/service-accounts/{service_account_id}/_suspend": _manage(
        "system_to_suspend", DONE, colleague=SEEN
    ),
    "POST /identity/v1/service-accounts/{service_account_id}/_resume": _manage("system", RULE, colleague=SEEN),
    "POST /identity/v1/service-accounts/{service_account_id}/_remove": _manage(
        "system_to_remove", DONE, colleague=SEEN
    ),
}

_DOSSIER = {
    "GET /dossier/v1/client-groups": _everybody(READ),
    "POST /dossier/v1/client-groups": _of_account(MADE, _named),
    "GET /dossier/v1/client-groups/{group_id}": Row("group", READ, HIDDEN, HIDDEN, HIDDEN),
    "PATCH /dossier/v1/client-groups/{group_id}": _manage("group", VERSION_FIRST, _named),
    "DELETE /dossier/v1/client-groups/{group_id}": _manage("group_to_close", DONE),
    "GET /dossier/v1/client-groups/{group_id}/access": _manage("group", READ),
    "PUT /dossier/v1/client-groups/{group_id}/access/{user_id}": _manage(
        "group to_invite", READ, lambda _: {"levelId": LEVEL["edit"]}
    ),
    "DELETE /dossier/v1/client-groups/{group_id}/access/{user_id}": _manage("group to_invite", DONE),
    "POST /dossier/v1/clients": _manage(
        "", MADE, lambda world: {"groupId": world["group"], "profile": {"givenName": "Hans", "familyName": "Berg"}}
    ),
    "GET /dossier/v1/clients": _everybody(READ),
    "POST /dossier/v1/clients/_search": _everybody(READ, lambda _: {"query": "berg"}),
    "POST /dossier/v1/clients/{client_id}/_move": _manage(
        "client_to_move", DONE, lambda world: {"groupId": world["group_to_move_to"]}
    ),
    "GET /dossier/v1/dossiers/{dossier_id}": _read("dossier"),
    "POST /dossier/v1/dossiers/{dossier_id}/_archive": _manage("dossier", VERSION_FIRST, viewer=SEEN),
    "POST /dossier/v1/dossiers/{dossier_id}/_restore": _manage("dossier", VERSION_FIRST, viewer=SEEN),
    "DELETE /dossier/v1/dossiers/{dossier_id}": _manage("dossier", VERSION_FIRST, viewer=SEEN),
    "POST /dossier/v1/dossiers/{dossier_id}/_erase": _manage(
        "dossier", VERSION_FIRST, lambda _: {"ground": "request-of-the-person"}, viewer=SEEN
    ),
    "GET /dossier/v1/deleted-dossiers": _of_account(READ),
    "GET /dossier/v1/jobs/{job_id}": Row("erasure_job", READ, HIDDEN, HIDDEN, HIDDEN),
    "GET /dossier/v1/dossiers/{dossier_id}/profile": _read("dossier"),
    "PATCH /dossier/v1/dossiers/{dossier_id}/profile": _write("dossier", VERSION_FIRST, lambda _: {"phone": "06 1"}),
    "GET /dossier/v1/dossiers/{dossier_id}/reports": _read("dossier"),
    "POST /dossier/v1/dossiers/{dossier_id}/reports": _write("dossier", MADE, _said),
    "GET /dossier/v1/dossiers/{dossier_id}/reports/{entry_id}": _read("dossier report"),
    "PATCH /dossier/v1/dossiers/{dossier_id}/reports/{entry_id}": _write("dossier report", VERSION_FIRST, _said),
    "GET /dossier/v1/dossiers/{dossier_id}/goals": _read("dossier"),
    "POST /dossier/v1/dossiers/{dossier_id}/goals": _write("dossier", MADE, _titled),
    "GET /dossier/v1/dossiers/{dossier_id}/goals/{entry_id}": _read("dossier goal"),
    "PATCH /dossier/v1/dossiers/{dossier_id}/goals/{entry_id}": _write("dossier goal", VERSION_FIRST, _titled),
    "POST /dossier/v1/dossiers/{dossier_id}/goals/{goal_id}/actions": _write("dossier goal", MADE, _titled),
    "GET /dossier/v1/dossiers/{dossier_id}/goals/{goal_id}/actions/{action_id}": _read("dossier goal action"),
    "PATCH /dossier/v1/dossiers/{dossier_id}/goals/{goal_id}/actions/{action_id}": _write(
        "dossier goal action", VERSION_FIRST, _titled
    ),
    "GET /dossier/v1/dossiers/{dossier_id}/tasks": _read("dossier"),
    "POST /dossier/v1/dossiers/{dossier_id}/tasks": _write("dossier", MADE, _titled),
    "GET /dossier/v1/dossiers/{dossier_id}/tasks/{entry_id}": _read("dossier task"),
    "PATCH /dossier/v1/dossiers/{dossier_id}/tasks/{entry_id}": _write("dossier task", VERSION_FIRST, _titled),
    "GET /dossier/v1/dossiers/{dossier_id}/documents": _read("dossier"),
    "POST /dossier/v1/dossiers/{dossier_id}/documents": _write("dossier", MADE, _noted),
    "GET /dossier/v1/dossiers/{dossier_id}/documents/{entry_id}": _read("dossier document"),
    "PATCH /dossier/v1/dossiers/{dossier_id}/documents/{entry_id}": _write("dossier document", VERSION_FIRST, _noted),
    "GET /dossier/v1/dossiers/{dossier_id}/medical": _medical("dossier", READ),
    "POST /dossier/v1/dossiers/{dossier_id}/medical": _medical("dossier", MADE, _noted),
    "GET /dossier/v1/dossiers/{dossier_id}/medical/{entry_id}": _medical("dossier medical", READ),
    "PATCH /dossier/v1/dossiers/{dossier_id}/medical/{entry_id}": _medical("dossier medical", VERSION_FIRST, _noted),
    "GET /dossier/v1/dossiers/{dossier_id}/members": _read("dossier"),
    "GET /dossier/v1/dossiers/{dossier_id}/members/{user_id}/photo": Row(
        "dossier to_invite", HIDDEN, HIDDEN, HIDDEN, HIDDEN, query=_LINK
    ),
    "GET /dossier/v1/dossiers/{dossier_id}/access": _read("dossier"),
    "GET /dossier/v1/dossiers/{dossier_id}/access-log": _manage("dossier", READ, viewer=SEEN),
}

_SHARING = {
    "POST /sharing/v1/grants": _manage(
        "", MADE, lambda world: sharing(world["dossier"], world["newcomer"], "report"), viewer=SEEN
    ),
    "GET /sharing/v1/grants": _everybody(READ),
    "GET /sharing/v1/grants/{grant_id}": _read("grant"),
    "PATCH /sharing/v1/grants/{grant_id}": _manage(
        "grant", VERSION_FIRST, lambda _: {"levelId": LEVEL["report"]}, viewer=SEEN
    ),
    "DELETE /sharing/v1/grants/{grant_id}": _manage("grant_to_end", DONE, viewer=SEEN),
    "GET /sharing/v1/levels": _everybody(READ),
    "POST /sharing/v1/levels": _of_account(MADE, _level),
}

_FILES = "/documents/v1/files"

_DOCUMENTS = {
    "GET /documents/v1/mails": _everybody(READ),
    # Whose doing it was sees it; a colleague of his sees that there is one, who received it does not look for it here.
    "GET /documents/v1/mails/{mail_id}": Row("mail", READ, SEEN, HIDDEN, HIDDEN),
    "POST /documents/v1/mails/{mail_id}/_retry": Row("mail", RULE, SEEN, HIDDEN, HIDDEN),
    "GET /documents/v1/mail-preferences": _everybody(READ),
    "PUT /documents/v1/mail-preferences": _everybody(READ, lambda _: {"mailOnShare": True}),
    f"GET {_FILES}": replace(_read("dossier"), query="?dossierId={dossier_id}"),
    f"POST {_FILES}": _write("", MADE, lambda world: {"dossierId": world["dossier"], "name": "Care plan.pdf"}),
    f"GET {_FILES}/{{file_id}}": _read("file"),
    f"DELETE {_FILES}/{{file_id}}": Row("file_to_remove", DONE, HIDDEN, SEEN, HIDDEN),
    f"PUT {_FILES}/{{file_id}}/content": _write("file_awaited", READ, lambda _: b"A quiet day."),
    f"GET {_FILES}/{{file_id}}/content": Row("file", SEEN, HIDDEN, SEEN, HIDDEN, query=_LINK),
    "GET /documents/v1/jobs/{job_id}": Row("mail_job", READ, HIDDEN, HIDDEN, HIDDEN),
}

# Every service has these.
_HOUSE = {
    f"POST /{service}/v1/{path}": row
    for service in SERVICES
    for path, row in {
        # It tells nobody anything but whether his own signed token has arrived.
        "positions/_check": replace(_everybody(READ, _position), suspended=frozenset({401, READ})),
        "access-log/_verify": _of_account(READ),
    }.items()
}

TABLE: dict[str, Row] = {**_IDENTITY, **_DOSSIER, **_SHARING, **_DOCUMENTS, **_HOUSE}
