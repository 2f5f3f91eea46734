"""Time at the edge: instants are UTC, days are those of Amsterdam. The domain gets both as parameters."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def utc_now() -> datetime:
    return datetime.now(UTC)


def day(instant: datetime) -> date:
    """The calendar day in Europe/Amsterdam, which effective dates are about."""
    return instant.astimezone(AMSTERDAM).date()
