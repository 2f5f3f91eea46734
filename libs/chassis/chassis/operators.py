"""What operators do beside every policy, written to the access log in the transaction in which they do it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access_log
from chassis.tokens import Actor
from contracts.operators import OPERATOR, PLATFORM, RULE, OperatorAction, OperatorReason


@dataclass(frozen=True, slots=True)
class Operator:
    """Who operates (the name under which the machine knows him), and why. `reference` is a ticket, never words."""

    name: str
    reason: OperatorReason
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing done. `subject_id` is the dossier it is about, if it is about one; `told` holds ids and codes only."""

    action: OperatorAction
    subject_id: UUID | None = None
    told: Mapping[str, str] = field(default_factory=dict)


async def write(session: AsyncSession, operator: Operator, deeds: Sequence[Deed], *, at: datetime) -> None:
    """A line per deed, `at` now (UTC). Comes before whatever is shown or done, so that it cannot be done unseen."""
    await access_log.write(session, [_line(operator, deed, at) for deed in deeds])


def _line(operator: Operator, deed: Deed, at: datetime) -> access_log.Line:
    actor = Actor(OPERATOR, PLATFORM, client=f"keten ({operator.name})", session_id="")
    why = {"rule": RULE, "reason": operator.reason.value, "reference": operator.reference, **deed.told}
    return access_log.Line(at, actor, deed.action, deed.subject_id, "allowed", [why])
