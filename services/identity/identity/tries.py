"""How often something may be tried: counted in the database, which all processes share, and counted before the try, so that
many at once are stopped like many in a row. Who or what is counted is kept as a fingerprint."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import text

from chassis.database import Sessions
from identity.domain.mail import MAILS_AN_HOUR


@dataclass(frozen=True)
class Budget:
    """So many times within a period, which begins with the first."""

    name: str
    times: int
    period: timedelta


_HOUR: Final = timedelta(hours=1)

# A person mistypes three times and then asks for a new password; nobody guesses a password in ten times an hour.
PASSWORDS: Final = Budget("passwords", 10, _HOUR)
# One in 300,000 that one of these is right.
CODES: Final = Budget("codes", 10, _HOUR)
# Behind one address may sit a hospital, where a morning has its typing errors. Browsers that are known do not count.
NETWORK: Final = Budget("network", 200, _HOUR)
# An organisation opens one account. Behind one address may sit a demonstration that opens many.
SIGN_UPS: Final = Budget("sign-ups", 600, _HOUR)
RESETS: Final = Budget("resets", 60, _HOUR)
MAILS: Final = Budget("mails", MAILS_AN_HOUR, _HOUR)
WARNINGS: Final = Budget("warnings", 1, timedelta(days=1))

_SPEND = text("""
    insert into public.tries as held (key, times, since) values (:key, 1, :now)
    on conflict (key) do update set
        times = case when held.since <= :before then 1 else held.times + 1 end,
        since = case when held.since <= :before then :now else held.since end
    returning times, since""")
_GIVE_BACK = text("update public.tries set times = greatest(times - 1, 0) where key = :key")


class Try(NamedTuple):
    """One time out of a budget. `left` are those after it: negative when there was none to take."""

    left: int
    until: datetime

    @property
    def is_allowed(self) -> bool:
        return self.left >= 0


async def spend(made: Sessions, *counted: tuple[Budget, str], now: datetime) -> list[Try]:
    """One time out of each budget, for whom it is counted; committed before this returns. Where there is none left it ends:
    what comes after is not counted. Callers name budgets in one order, the widest first, so that two never wait for each
    other."""
    taken = list[Try]()
    async with made() as db, db.begin():
        for budget, of in counted:
            asked = {"key": _key(budget, of), "now": now, "before": now - budget.period}
            row = (await db.execute(_SPEND, asked)).one()
            taken.append(Try(budget.times - row.times, row.since + budget.period))
            if not taken[-1].is_allowed:
                break
    return taken


async def give_back(made: Sessions, *counted: tuple[Budget, str]) -> None:
    """It was no failure: it does not count."""
    async with made() as db, db.begin():
        for budget, of in counted:
            await db.execute(_GIVE_BACK, {"key": _key(budget, of)})


def _key(budget: Budget, of: str) -> str:
    return hashlib.sha256(f"{budget.name} {of}".encode()).hexdigest()
