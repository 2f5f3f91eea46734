"""Mails: one for each thing that must be mailed. A worker that dies between the server's word and its own commit sends the
same message once more, so a mail may arrive as often as it was tried, and not oftener."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tests.torture.checks.comparing import accounts, ids
from tests.torture.model import ACTIVE, LIVE, Model
from tests.torture.shape import Shape
from tests.torture.story import Difference

# Each with how often it was begun: a chunk that was claimed three times may have been sent three times.
_MAILS: Final = """select m.id, m.grant_id, m.state, m.reason,
    greatest(m.attempts, coalesce((select max(c.fence) from public.chunk c where c.job_id = m.job_id), 0)) as begun
    from public.mail m where {which}"""

_INVITATIONS: Final = (
    "select id, user_id from public.mail_request where purpose = 'invitation' and user_id in ({users})"
)

Mail = Mapping[str, Any]


async def check_mails(shape: Shape, model: Model) -> list[Difference]:
    arrived = Counter(await shape.mails())
    return await _of_grants(shape, model, arrived) + await _of_invitations(shape, model, arrived)


async def _of_grants(shape: Shape, model: Model, arrived: Counter[str]) -> list[Difference]:
    which = f"purpose = 'share' and account_id in ({accounts(model)})"
    mails = await shape.rows("documents", _MAILS.format(which=which))
    found = []
    for grant in model.grants.values():
        is_proven = grant.recipient not in model.invited  # nobody who is invited in the story takes it up
        may_be_dropped = grant.status != LIVE or model.users[grant.recipient].was_away or not is_proven
        his = [mail for mail in mails if mail["grant_id"] == grant.id]
        found += _one(grant.name, his, arrived, may_be_dropped)
        if not is_proven and any(mail["state"] == "sent" for mail in his):
            found.append(Difference("mails", grant.name, "was mailed to an address that nobody has proven"))
    strays = {mail["grant_id"] for mail in mails} - {grant.id for grant in model.grants.values()}
    return found + [Difference("mails", str(stray), "was mailed, and nobody gave it") for stray in strays]


async def _of_invitations(shape: Shape, model: Model, arrived: Counter[str]) -> list[Difference]:
    names = {model.users[name].id: name for name in model.invited}
    requests = await shape.rows("identity", _INVITATIONS.format(users=ids(names)))
    mails = await shape.rows("documents", _MAILS.format(which=f"id in ({ids(row['id'] for row in requests)})"))
    found = []
    for user_id, name in names.items():
        asked = {row["id"] for row in requests if row["user_id"] == user_id}
        away = model.users[name].status != ACTIVE or model.users[name].was_away
        found += _one(name, [mail for mail in mails if mail["id"] in asked], arrived, away)
    return found


def _one(name: str, mails: Sequence[Mail], arrived: Counter[str], may_be_dropped: bool) -> list[Difference]:
    """Exactly one mail, that arrived if it was sent."""
    if len(mails) != 1:
        return [Difference("mails", name, f"has {len(mails)} mails and must have one")]
    [mail] = mails
    copies, state = arrived[mail["id"]], mail["state"]
    if state not in ("sent", "dropped"):
        return [Difference("mails", name, f"its mail is {state}: {mail['reason']}")]
    if state == "dropped" and not may_be_dropped:
        return [Difference("mails", name, f"its mail was dropped: {mail['reason']}")]
    least, most = (1, mail["begun"]) if state == "sent" else (0, mail["begun"] - 1)
    if least <= copies <= max(least, most):
        return []
    return [Difference("mails", name, f"its mail, {state}, arrived {copies} times and was begun {mail['begun']} times")]
