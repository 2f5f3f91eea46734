"""OAuth 2.1 and OpenID Connect by Authlib, over identity's tables. Decides about requests, codes and tokens; knows no HTTP
framework. Authlib calls back synchronously: a provider lives inside one `AsyncSession.run_sync`, in the caller's
transaction, and is thrown away with it. What must end (`to_end`) is ended by the caller, in that same transaction.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from chassis.tokens import AUDIENCE
from contracts.identity import UserStatus
from contracts.ids import new_id
from identity.sessions import SignedIn, fingerprint, secret
from identity.setup import Setup
from identity.sign_in.client_credentials import ServiceGrant
from identity.sign_in.grants import Asked, Client, CodeGrant, Held, IdToken, Person, Pkce, RefreshGrant, Revocation
from identity.tables import app_user, oauth_client, refresh_token, session


class Answer(NamedTuple):
    """What an endpoint says; a dict is a JSON body."""

    status: int
    body: Any
    headers: Sequence[tuple[str, str]]

    @property
    def location(self) -> str | None:
        return dict(self.headers).get("Location")


class SignInFirst(NamedTuple):
    """The client's request is right; somebody has to sign in before it is answered."""

    client: Client
    redirect_uri: str


class Provider(AuthorizationServer):  # type: ignore[misc]
    """The authorization server, for one request."""

    def __init__(self, db: Session, setup: Setup, now: datetime) -> None:
        super().__init__()
        self.db, self.setup, self.now = db, setup, now
        self.to_end: list[str] = []
        self.key = setup.signing.current  # the same for all that one request signs
        life = setup.token_life
        self.register_token_generator("default", BearerTokenGenerator(self._access_token, self._refresh_token, life))
        self.register_grant(CodeGrant, [Pkce(required=True), IdToken()])
        self.register_grant(RefreshGrant)
        self.register_grant(ServiceGrant)
        self.register_endpoint(Revocation)

    def authorize(self, asked: Asked, who: SignedIn | None) -> Answer | SignInFirst:
        """A redirect to the client, with a code or what went wrong; raises OAuth2Error for what must not be sent there."""
        try:
            asked.refuse_unfit()
            grant = self.get_consent_grant(asked, who)
        except OAuth2Error as refused:
            if not refused.redirect_uri:
                raise
            refused.state = asked.payload.state
            return self._named(self.handle_error_response(asked, refused))
        if who is None or grant.prompt in ("login", "select_account") or self._is_too_old(asked, who):
            return SignInFirst(grant.client, grant.redirect_uri)
        return self._named(self.create_authorization_response(asked, grant_user=who, grant=grant))

    def token(self, asked: Asked) -> Answer:
        return self._refusing_unfit(asked) or self.create_token_response(asked)

    def revoke(self, asked: Asked) -> Answer:
        return self._refusing_unfit(asked) or self.create_endpoint_response("revocation", asked)

    def query_client(self, client_id: str) -> Client | None:
        if "\0" in client_id:
            return None  # no text column can hold it
        row = self.db.execute(select(oauth_client).where(oauth_client.c.id == client_id)).one_or_none()
        return None if row is None else Client(row.id, row.name, self._whole(row.redirect_uri), row.signed_out_uri)

    def person(self, held: Held) -> Person | None:
        """Whoever may not sign in any more gets no tokens either."""
        found = self.db.execute(
            select(app_user.c.account_id).where(app_user.c.id == held.user_id, app_user.c.status == UserStatus.ACTIVE)
        ).scalar_one_or_none()
        return None if found is None else Person(held.user_id, found, held.session_id, held.acr)

    def generate_token(self, grant_type: str, client: Client, **given: Any) -> dict[str, Any]:
        """A refresh token only to whom was asked for `offline_access`."""
        given["include_refresh_token"] = "offline_access" in (given["scope"] or "").split()
        made: dict[str, Any] = super().generate_token(grant_type, client, **given)
        return made

    def save_token(self, token: dict[str, Any], request: Asked) -> None:
        until = self.now + timedelta(seconds=self.setup.token_life)
        held = session.c.id == request.user.session_id
        self.db.execute(update(session).where(held).values(tokens_until=until))
        if fresh := token.get("refresh_token"):
            row = {"hash": fingerprint(fresh), "session_id": request.user.session_id, "issued_at": self.now}
            self.db.execute(insert(refresh_token).values(row))

    def create_oauth2_request(self, request: Asked) -> Asked:
        return request

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Answer:
        return Answer(status, body, headers)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def _access_token(self, client: Client, grant_type: str, user: Person, scope: str) -> str:
        issued = int(self.now.timestamp())
        return self.setup.signing.access_token(
            {
                "iss": self.setup.issuer,
                "aud": AUDIENCE,
                "sub": str(user.user_id),
                "account": str(user.account_id),
                "client": client.id,
                "sid": user.session_id,
                "acr": user.acr,
                "iat": issued,
                "exp": issued + self.setup.token_life,
                "jti": str(new_id()),
            }
        )

    def _refresh_token(self, **_: Any) -> str:
        return secret()

    def _is_too_old(self, asked: Asked, who: SignedIn) -> bool:
        most = asked.payload.data.get("max_age", "")
        return most.isascii() and most.isdigit() and (self.now - who.signed_in_at).total_seconds() > int(most)

    def _named(self, answer: Answer) -> Answer:
        """Every answer to a client says whose it is (RFC 9207), so that two issuers cannot be mixed up."""
        if answer.location is None:
            return answer
        location = add_params_to_uri(answer.location, [("iss", self.setup.issuer)])
        return answer._replace(headers=[("Location", location)])

    def _refusing_unfit(self, asked: Asked) -> Answer | None:
        try:
            asked.refuse_unfit()
        except OAuth2Error as refused:
            answer: Answer = self.handle_error_response(asked, refused)
            return answer
        return None

    def _whole(self, address: str) -> str:
        return self.setup.base_url + address if address.startswith("/") else address
