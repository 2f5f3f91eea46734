"""Mails: one per thing that somebody is to be told; waiting, then sent, dropped or failed. Neither words nor addresses."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from chassis.problems import Conflict, NotFound

# Why SHR-18's mail is sent; other purposes are those that identity names.
SHARE: Final = "share"

# The kinds of work that send them, and that take back what was kept of one that tells of somebody who was erased.
SENDING: Final = "mail"
RECALL: Final = "mail-recall"

# Whose work it is when somebody asked who has no account; no account has this id.
NOBODY: Final = UUID(int=1)

# What happened longer ago is no news any more: a log that is read again from its start mails nobody.
NEWS_FOR: Final = timedelta(days=2)


class MailState(StrEnum):
    """What became of a mail. A dropped one was no longer needed, or no longer allowed."""

    WAITING = "waiting"
    SENT = "sent"
    DROPPED = "dropped"
    FAILED = "failed"


@dataclass
class Mail:
    """One mail, by ids: who is told, whose doing it was, and which dossier it is about."""

    id: UUID
    purpose: str
    account_id: UUID | None
    caused_by: UUID | None
    recipient_id: UUID | None
    dossier_id: UUID | None
    grant_id: UUID | None
    job_id: UUID
    made_at: datetime
    state: MailState = MailState.WAITING
    attempts: int = 0
    reason: str | None = None
    ended_at: datetime | None = None
    version: int = 1

    def end(self, state: MailState, *, at: datetime, attempts: int, reason: str | None = None) -> None:
        """Sent, dropped or failed; `reason` is a code."""
        self.state, self.reason, self.ended_at, self.attempts = state, reason, at, attempts
        self.version += 1

    def try_again(self, job_id: UUID) -> None:
        """Wait for another job to send it. Raises MailNotFailed."""
        if self.state is not MailState.FAILED:
            raise MailNotFailed
        self.state, self.reason, self.ended_at, self.job_id = MailState.WAITING, None, None, job_id
        self.version += 1


def is_news(at: datetime, now: datetime) -> bool:
    """Whether what happened then is still to be told."""
    return now - at < NEWS_FOR


class MailNotFound(NotFound):
    """There is no such mail, or you may not know of it."""

    nl = "Deze e-mail bestaat niet, of u mag er niet van weten."


class MailNotFailed(Conflict):
    """Only a mail that failed can be sent again; this one waits, was sent, or was no longer needed."""

    nl = "Alleen een mislukte e-mail kan opnieuw worden verstuurd; deze wacht, is verstuurd of was niet meer nodig."
