"""The other services, reached over routes that the gateway does not publish."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import httpx

CONFIRM = "/positions/_confirm"


@dataclass
class Peers:
    """A client per service, to its internal routes."""

    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    async def unconfirmed(self, services: Collection[str], position: str, *, patience: float) -> list[str]:
        """Which of these services have not taken in what the position names, after waiting up to `patience` seconds."""
        names = sorted(services)
        answers = await asyncio.gather(*(self._confirms(name, position, patience) for name in names))
        return [name for name, confirmed in zip(names, answers, strict=True) if not confirmed]

    async def fetch(self, service: str, path: str) -> dict[str, Any]:
        """What a peer's internal route answers. Raises ConnectionError when it cannot be had now."""
        try:
            answer = await self.clients[service].get(path)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as fault:
            raise ConnectionError(f"{service} cannot be asked now") from fault
        return found

    async def _confirms(self, service: str, position: str, patience: float) -> bool:
        client = self.clients.get(service)
        if client is None:
            return False
        try:
            answer = await client.post(CONFIRM, json={"position": position}, timeout=patience + 1)
            said = answer.json()
        except (httpx.HTTPError, ValueError):
            return False
        return answer.status_code == httpx.codes.OK and isinstance(said, dict) and said.get("arrived") is True
