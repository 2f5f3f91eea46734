"""What a policy may know of a mail or a file: whose doing a mail was, and all of the dossier that a file stands in."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from access.facts import AccountResource, DossierResource
from chassis.problems import NotFound
from chassis.tokens import Actor
from documents.domain.file import FileUnknown
from documents.domain.mail import NOBODY, MailNotFound


@dataclass(frozen=True)
class MailResource(AccountResource):
    """The account that a mail was sent for; who may not know of it is told the same as of one that is not there."""

    missing: ClassVar[type[NotFound]] = MailNotFound


@dataclass(frozen=True)
class FileResource(DossierResource):
    """A dossier as the one that a file stands in."""

    missing: ClassVar[type[NotFound]] = FileUnknown


def sent_for(account_id: UUID | None, *, caused_by: UUID | None) -> MailResource:
    """A mail; one that nobody's account asked for belongs to none that anybody is in."""
    return MailResource(account_id or NOBODY, about=caused_by)


def own_or(action: str, caused_by: UUID | None, actor: Actor) -> str:
    """What is asked of a mail that somebody caused himself, or of another's."""
    return "mail.own" if caused_by == actor.user_id else action


def stands_in(dossier_id: UUID) -> FileResource:
    return FileResource(dossier_id)
