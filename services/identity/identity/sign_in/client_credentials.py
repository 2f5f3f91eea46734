"""Tokens for partner systems: a service account and one of its secrets for an access token (RFC 6749 §4.4). Runs inside a
provider, in its transaction."""

import hmac
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import structlog
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.authenticate_client import ClientAuthentication
from authlib.oauth2.rfc6749.errors import InvalidClientError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.edge import Runtime
from contracts.identity import UserStatus
from contracts.ids import new_id
from identity import tries
from identity.service_sessions import ACR
from identity.sessions import fingerprint
from identity.sign_in.grants import Person
from identity.tables import service_account, service_secret, service_session
from identity.tries import Budget

GRANT_TYPE: Final = "client_credentials"
AUTH_METHODS: Final = ("client_secret_basic", "client_secret_post")


# Behind one address sit the systems of a whole data centre; what is over it is refused, the right secret never.
CLIENT_SECRETS: Final = Budget("client-secrets", 200, timedelta(hours=1))

# Doubling from 50 ms up to two seconds.
_FIRST: Final = 0.05
_LONGEST: Final = 2.0

_logger = structlog.get_logger()


@dataclass
class PartnerSystem(ClientMixin):  # type: ignore[misc]
    """A service account that asks for a token; `proven` is the secret that it showed."""

    user_id: UUID
    account_id: UUID
    hashes: Mapping[str, UUID]
    proven: UUID | None = None

    @property
    def id(self) -> str:
        """What its tokens call the client."""
        return str(self.user_id)

    def get_client_id(self) -> str:
        return self.id

    def get_allowed_scope(self, scope: str | None) -> str:
        """Scopes are for what people let a program do; a partner system acts for itself."""
        return ""

    def check_client_secret(self, shown: str) -> bool:
        found = [secret for kept, secret in self.hashes.items() if hmac.compare_digest(kept, fingerprint(shown))]
        self.proven = found[0] if found else None
        return self.proven is not None

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in AUTH_METHODS and endpoint == "token"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == GRANT_TYPE


class ServiceGrant(ClientCredentialsGrant):  # type: ignore[misc]
    """An access token and nothing else: who has the secret needs no refresh token (RFC 6749 §4.4.3)."""

    def authenticate_token_endpoint_client(self) -> PartnerSystem:
        """One answer for whoever is not let in, be it an unknown client or a wrong secret."""
        try:
            client: PartnerSystem = ClientAuthentication(self._partner)(self.request, AUTH_METHODS)
        except (InvalidClientError, ValueError):
            raise InvalidClientError("The client or its secret is not right.", status_code=401) from None
        return client

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        client: PartnerSystem = self.request.client
        person = Person(client.user_id, client.account_id, self._session(client), ACR)
        return 200, self.generate_token(user=person, scope=""), self.TOKEN_RESPONSE_HEADER

    def _partner(self, client_id: str) -> PartnerSystem | None:
        """Held first, then looked at: a suspension or a dropped secret that comes meanwhile waits, or is seen."""
        db, asked = self.server.db, _id(client_id)
        active = (service_account.c.id == asked, service_account.c.status == UserStatus.ACTIVE)
        held = db.execute(select(service_account.c.account_id).where(*active).with_for_update(read=True)).one_or_none()
        own = (service_secret.c.service_account_id == asked, service_secret.c.ended_at.is_(None))
        rows = db.execute(select(service_secret.c.hash, service_secret.c.id).where(*own)).all()
        return None if held is None else PartnerSystem(asked, held.account_id, {row.hash: row.id for row in rows})

    def _session(self, client: PartnerSystem) -> str:
        """That of the secret, until it is ended."""
        db, now = self.server.db, self.server.now
        until = now + timedelta(seconds=self.server.setup.token_life)
        begun = insert(service_session).values(
            id=str(new_id()),
            secret_id=client.proven,
            service_account_id=client.user_id,
            started_at=now,
            tokens_until=until,
        )
        again = begun.on_conflict_do_update(
            index_elements=["secret_id"], index_where=service_session.c.ended_at.is_(None), set_={"tokens_until": until}
        )
        held: str = db.execute(again.returning(service_session.c.id)).scalar_one()
        db.execute(update(service_secret).where(service_secret.c.id == client.proven).values(used_at=now))
        return held


class Failure(NamedTuple):
    """A wrong secret: how long its answer waits, and for how long there are none at all to have. Both in seconds."""

    delay: float
    wait: int | None


async def count_failure(runtime: Runtime, network: str) -> Failure:
    """Nobody guesses 256 bits: this is about who keeps us busy, and tells the one who forgot to change a secret."""
    now = runtime.clock()
    (taken,) = await tries.spend(runtime.made, (CLIENT_SECRETS, network), now=now)
    times = CLIENT_SECRETS.times - taken.left
    wait = None if taken.is_allowed else math.ceil((taken.until - now).total_seconds())
    _logger.warning("client_not_let_in", times=times)
    return Failure(min(_FIRST * 2.0 ** min(times - 1, 10), _LONGEST), wait)


def _id(client_id: str) -> UUID:
    """What is no id is that of nobody."""
    try:
        return UUID(client_id)
    except ValueError:
        return UUID(int=0)
