"""OAuth's grants over identity's tables: which clients there are, what codes and refresh tokens are good for, and what is
done with one that comes twice. They run inside a provider, in its transaction, and reach it as `self.server`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from authlib.oauth2.rfc6749 import ClientMixin, InvalidRequestError, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode
from sqlalchemy import insert, select, update

from chassis.tokens import ALGORITHM
from contracts.ids import new_id
from identity.sessions import BY_PASSWORD, METHODS, SESSION_LIFE, fingerprint
from identity.tables import authorization_code, refresh_token, session

SCOPES: Final = ("openid", "offline_access")
GRANT_TYPES: Final = ("authorization_code", "refresh_token")

# A client redeems its code at once; RFC 9700 wants it as short as that allows.
CODE_LIFE: Final = timedelta(seconds=60)

_LOOPBACK: Final = "http://127.0.0.1/"


@dataclass(frozen=True)
class Client(ClientMixin):  # type: ignore[misc]
    """A program that signs people in. All are public: they prove themselves by PKCE and their redirect address."""

    id: str
    name: str
    redirect_uri: str
    signed_out_uri: str | None

    def check_redirect_uri(self, asked: str) -> bool:
        """Exactly the registered address; on loopback any port, which a native app gets from its system (RFC 8252)."""
        if self.redirect_uri.startswith(_LOOPBACK):
            path = re.escape(self.redirect_uri.removeprefix("http://127.0.0.1"))
            return re.fullmatch(rf"http://127\.0\.0\.1(:[0-9]{{1,5}})?{path}", asked) is not None
        return asked == self.redirect_uri

    def get_client_id(self) -> str:
        return self.id

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Those we know; others are passed over (OpenID Connect Core §3.1.2.1)."""
        known = [word for word in (scope or "openid").split() if word in SCOPES]
        return " ".join(known) or None

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "none"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in GRANT_TYPES


@dataclass(frozen=True)
class Person:
    """For whom tokens are made, and in which session."""

    user_id: UUID
    account_id: UUID
    session_id: str
    acr: str


@dataclass(frozen=True)
class Held:
    """A code or a refresh token as it was given, with its session."""

    hash: str
    session_id: str
    client_id: str
    user_id: UUID
    scope: str
    acr: str
    signed_in_at: datetime
    redirect_uri: str = ""
    nonce: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str = "S256"

    def check_client(self, client: Client) -> bool:
        return self.client_id == client.id

    def get_scope(self) -> str:
        return self.scope

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(self.signed_in_at.timestamp())

    def get_acr(self) -> str:
        return self.acr

    def get_amr(self) -> list[str]:
        return METHODS.get(self.acr, METHODS[BY_PASSWORD])


class Asked(OAuth2Request):  # type: ignore[misc]
    """A request as Authlib reads it."""

    def __init__(
        self, method: str, parameters: Sequence[tuple[str, str]], headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        # Authlib refuses http by this address. Where TLS ends is the gateway's affair; main warns where there is none.
        super().__init__(method, "https://gateway", headers=headers)
        self.parameters = parameters
        self.payload = BasicOAuth2Payload(dict(parameters))

    @property
    def form(self) -> dict[str, str]:
        return dict(self.parameters)

    def refuse_unfit(self) -> None:
        """RFC 6749 §3.1 and §3.2: no parameter twice; appendix A: no control characters."""
        if any(character < " " for _, value in self.parameters for character in value):
            raise InvalidRequestError("A parameter holds a control character.")
        if len(self.form) != len(self.parameters):
            raise InvalidRequestError("A parameter was sent more than once.")


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)

    def save_authorization_code(self, code: str, request: Asked) -> None:
        """The session begins with its code: what a thief of the code got can be ended by it."""
        server, who, session_id = self.server, request.user, str(new_id())
        server.db.execute(
            insert(session).values(
                id=session_id,
                browser_id=who.browser_id,
                user_id=who.user_id,
                client_id=request.client.id,
                scope=request.scope,
                acr=who.acr,
                signed_in_at=who.signed_in_at,
                started_at=server.now,
                expires_at=server.now + SESSION_LIFE,
            )
        )
        server.db.execute(
            insert(authorization_code).values(
                hash=fingerprint(code),
                session_id=session_id,
                redirect_uri=request.payload.redirect_uri,
                nonce=request.payload.data.get("nonce"),
                code_challenge=request.payload.data["code_challenge"],
                expires_at=server.now + CODE_LIFE,
            )
        )

    def query_authorization_code(self, code: str, client: Client) -> Held | None:
        """A code that comes twice is in two hands: the session that it began is ended (RFC 6749 §4.1.2)."""
        server = self.server
        row = server.db.execute(
            select(authorization_code, *_OF_SESSION)
            .join(session, session.c.id == authorization_code.c.session_id)
            .where(authorization_code.c.hash == fingerprint(code), session.c.client_id == client.id)
            .with_for_update()
        ).one_or_none()
        if row is None:
            return None
        if row.used_at is not None:
            server.to_end.append(row.session_id)
            return None
        if row.ended_at is not None or row.expires_at <= server.now:
            return None
        return _held(row, redirect_uri=row.redirect_uri, nonce=row.nonce, code_challenge=row.code_challenge)

    def delete_authorization_code(self, code: Held) -> None:
        """Kept as used, so that a second use is recognised."""
        used = update(authorization_code).where(authorization_code.c.hash == code.hash)
        self.server.db.execute(used.values(used_at=self.server.now))

    def authenticate_user(self, code: Held) -> Person | None:
        person: Person | None = self.server.person(code)
        return person


class RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, token: str) -> Held | None:
        """A token that comes twice is in two hands: its whole family ends with its session (RFC 9700 §4.14.2)."""
        server = self.server
        row = server.db.execute(_refresh(token).with_for_update()).one_or_none()
        if row is None or row.client_id != self.request.client.id:
            return None
        if row.used_at is not None:
            server.to_end.append(row.session_id)
            return None
        if row.ended_at is not None or row.session_until <= server.now:
            return None
        held = _held(row)
        return held if server.person(held) else None

    def authenticate_user(self, token: Held) -> Person | None:
        person: Person | None = self.server.person(token)
        return person

    def revoke_old_credential(self, token: Held) -> None:
        used = update(refresh_token).where(refresh_token.c.hash == token.hash)
        self.server.db.execute(used.values(used_at=self.server.now))


class Pkce(CodeChallenge):  # type: ignore[misc]
    """By S256 and nothing else, always (RFC 9700 §2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        sent = grant.request.payload.data
        if not sent.get("code_challenge") or sent.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE is required: send code_challenge and code_challenge_method=S256.")
        super().validate_code_challenge(grant, redirect_uri)


class IdToken(OpenIDCode):  # type: ignore[misc]
    """Says who signed in and when, and nothing else of him: programs ask `users/me`."""

    def exists_nonce(self, nonce: str, request: Asked) -> bool:
        """Replay is shut out by codes that are good once and by PKCE; nonces are the client's to check."""
        return False

    def generate_user_info(self, user: Person, scope: str) -> dict[str, str]:
        return {"sub": str(user.user_id), "sid": user.session_id}

    def process_token(self, grant: Any, response: Any) -> Any:
        self._server = grant.server
        return super().process_token(grant, response)

    def resolve_client_private_key(self, client: Client) -> Any:
        return self._server.key

    def get_client_algorithm(self, client: Client) -> str:
        return ALGORITHM

    def get_encode_header(self, client: Client) -> dict[str, str]:
        return {"alg": ALGORITHM, "typ": "JWT", "kid": self._server.key.kid}

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        issued = int(self._server.now.timestamp())
        life = self._server.setup.token_life
        return {"iss": self._server.setup.issuer, "aud": client.id, "iat": issued, "exp": issued + life}


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """Whichever of a session's tokens is given back, the session ends."""

    CLIENT_AUTH_METHODS = ("none",)

    def query_token(self, token: str, hint: str | None) -> Held | None:
        db = self.server.db
        row = db.execute(_refresh(token)).one_or_none()
        if row is not None:
            return _held(row)
        claims = self.server.setup.signing.claims_of(token)
        if claims is None:
            return None
        named = select(session.c.id.label("session_id"), *_OF_SESSION).where(session.c.id == claims.get("sid"))
        row = db.execute(named).one_or_none()
        return None if row is None else _held(row, hash="")

    def revoke_token(self, token: Held, request: Asked) -> None:
        self.server.to_end.append(token.session_id)


_OF_SESSION: Final = (
    session.c.client_id,
    session.c.user_id,
    session.c.scope,
    session.c.acr,
    session.c.signed_in_at,
    session.c.ended_at,
    session.c.expires_at.label("session_until"),
)


def _refresh(token: str) -> Any:
    by_session = session.c.id == refresh_token.c.session_id
    return (
        select(refresh_token, *_OF_SESSION).join(session, by_session).where(refresh_token.c.hash == fingerprint(token))
    )


def _held(row: Any, **more: Any) -> Held:
    own = {"hash": more.pop("hash", None) or getattr(row, "hash", "")}
    same = ("session_id", "client_id", "user_id", "scope", "acr", "signed_in_at")
    return Held(**own, **{name: getattr(row, name) for name in same}, **more)
