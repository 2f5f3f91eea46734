"""What is mailed, and how long what it opens is good for."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from chassis.problems import TooMany
from identity.domain.user import LINK_LIFE


class Purpose(StrEnum):
    """Why a mail is sent."""

    SIGN_UP = "sign-up"
    INVITATION = "invitation"
    PASSWORD_RESET = "password-reset"  # noqa: S105
    ADDRESS_CHANGE = "address-change"
    ADDRESS_CHANGED = "address-changed"
    NEW_DEVICE = "new-device"
    SECOND_FACTOR_CHANGED = "second-factor-changed"


_DAY: Final = timedelta(days=1)

# Enough for who does not find the mail; too few to fill somebody's mailbox.
MAILS_AN_HOUR: Final = 5

# A reset opens an account that exists, so it is short; a notice that could not be mailed in a week is no news.
LIVES: Final[Mapping[Purpose, timedelta]] = {
    Purpose.SIGN_UP: _DAY,
    Purpose.INVITATION: LINK_LIFE,
    Purpose.PASSWORD_RESET: timedelta(hours=2),
    Purpose.ADDRESS_CHANGE: _DAY,
    Purpose.ADDRESS_CHANGED: timedelta(days=7),
    Purpose.NEW_DEVICE: _DAY,
    Purpose.SECOND_FACTOR_CHANGED: timedelta(days=7),
}


class TooManyMails(TooMany):
    """This was mailed several times within the hour. Look among the unwanted mail, or try again later."""

    nl = "Dit is binnen een uur al enkele keren gemaild. Kijk bij de ongewenste mail, of probeer het later opnieuw."
