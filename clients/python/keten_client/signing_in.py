"""Access tokens for requests: got when there is none, renewed before they end and when they are refused."""

import asyncio
import base64
import time
from collections.abc import AsyncGenerator

import httpx

from keten_client.refusals import SignInRefused

# Renewed so long before its end, that no token ends on its way (seconds).
_EARLY = 20.0


class _SignIn(httpx.Auth):
    """Gets tokens by one grant of OAuth 2. One of these serves all requests of a client."""

    def __init__(self, grant: dict[str, str], headers: dict[str, str]) -> None:
        self._grant, self._headers = grant, headers
        self._token, self._until = "", 0.0
        self._renewing = asyncio.Lock()

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        for _ in range(2):
            async with self._renewing:
                if time.monotonic() > self._until:
                    told = yield self._asked(request)
                    await told.aread()
                    self._take(told)
                used = self._token
            request.headers["Authorization"] = f"Bearer {used}"
            answer = yield request
            if answer.status_code != httpx.codes.UNAUTHORIZED:
                return
            if self._token == used:
                self._until = 0.0

    def _asked(self, request: httpx.Request) -> httpx.Request:
        url = request.url.join("/identity/oauth2/token")
        return httpx.Request("POST", url, data=self._grant, headers=self._headers)

    def _take(self, answer: httpx.Response) -> None:
        told = answer.json() if "json" in answer.headers.get("Content-Type", "") else {}
        if not answer.is_success:
            raise SignInRefused(told.get("error_description") or told.get("error") or f"status {answer.status_code}")
        self._token, self._until = told["access_token"], time.monotonic() + told["expires_in"] - _EARLY
        if "refresh_token" in told:
            # Each is good once.
            self._grant["refresh_token"] = told["refresh_token"]


class PartnerSystem(_SignIn):
    """A service account of an organisation, by its client id and secret."""

    def __init__(self, client_id: str, secret: str) -> None:
        basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        super().__init__({"grant_type": "client_credentials"}, {"Authorization": f"Basic {basic}"})


class Person(_SignIn):
    """Somebody who signed in to the program `client_id` and was given this refresh token (`offline_access`)."""

    def __init__(self, client_id: str, refresh_token: str) -> None:
        grant = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": refresh_token}
        super().__init__(grant, {})
