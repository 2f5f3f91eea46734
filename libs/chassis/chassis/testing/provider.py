"""Somebody else's OpenID provider, as tests use it: a server on loopback with discovery and keys, and what it signs."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey


@cache
def a_key(algorithm: str, kid: str) -> Key:
    """A private key for one of the algorithms that may be accepted, made once: it takes its time."""
    said: Any = {"kid": kid, "use": "sig", "alg": algorithm}
    if algorithm == "ES256":
        return ECKey.generate_key("P-256", said)
    return OKPKey.generate_key("Ed25519", said) if algorithm == "EdDSA" else RSAKey.generate_key(2048, said)


@dataclass
class ForeignProvider:
    """It signs with the first of its keys unless told otherwise. `asked` are the paths it was asked for; what stands in
    `answers` it says instead."""

    issuer: str
    keys: list[Key] = field(default_factory=lambda: [a_key("RS256", "rsa"), a_key("ES256", "ec")])
    asked: list[str] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    is_away: bool = False

    def token(self, user_id: UUID, account_id: UUID, *, key: Key | None = None, **changed: Any) -> str:
        """A valid token, unless `changed` says otherwise (claims, None for none; or `header`)."""
        now, key = int(time.time()), key or self.keys[0]
        header = {"alg": key.get("alg"), "kid": key.kid, "typ": "at+jwt", **changed.pop("header", {})}
        claims = {
            "iss": self.issuer,
            "aud": ["keten", "another"],
            "sub": str(user_id),
            "account": str(account_id),
            "client_id": "their-portal",
            "sid": "their session",
            "jti": "their token",
            "iat": now,
            "exp": now + 300,
            **changed,
        }
        said = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(header, said, key, algorithms=[header["alg"]])

    def answer(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        if self.is_away:
            return 503, b""
        if path in self.answers:
            said = self.answers[path]
        elif path == "/realm/.well-known/openid-configuration":
            said = {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}
        elif path == "/realm/keys":
            said = KeySet(list(self.keys)).as_dict(private=False)
        else:
            return 404, b""
        return 200, said if isinstance(said, bytes) else json.dumps(said).encode()


@contextmanager
def foreign_provider() -> Iterator[ForeignProvider]:
    """Runs while this is entered."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = provider.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = ForeignProvider(f"http://127.0.0.1:{server.server_address[1]}/realm")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
