"""What a policy may know of a grant: that it was received, or all of the dossier that it opens."""

from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Row

from access.facts import AccountResource, DossierResource
from access.facts import account as in_account
from chassis.problems import NotFound
from sharing.domain.grant import Grant, GrantUnknown

Given = Grant | Row[Any]


@dataclass(frozen=True)
class GrantResource(DossierResource):
    """A dossier as the one that a grant opens: who may not know of the dossier is told the same as of a grant that is
    not there."""

    missing: ClassVar[type[NotFound]] = GrantUnknown


def opened(grant: Given) -> GrantResource:
    return GrantResource(grant.dossier_id)


def received(grant: Given) -> AccountResource:
    """A grant as its recipient's own."""
    return in_account(grant.recipient_account_id, about=grant.recipient_id, concerning=grant.dossier_id)
