"""The decision point on OPA, asked over kept connections. Whatever is not a clear answer of our own policies is none."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from aiohttp import ClientError
from opa_client.opa_async import AsyncOpaClient

from chassis.decisions import DecisionUnavailable, accepted
from chassis.policy_bundle import NAME, Revision, RevisionUnreadable

# Seconds for connection and answer together. OPA answers within milliseconds; a person waits for what comes after it.
TIMEOUT = 1.0

_PACKAGE = re.compile(r"[a-z_]+")
_UNANSWERED = (ClientError, TimeoutError, OSError, ValueError, TypeError)

_logger = structlog.get_logger()


class Opa:
    """Asks the OPA at a URL. Never tries again: a question that failed is answered 503, and the caller may repeat it."""

    def __init__(self, url: str, *, own: Revision, timeout: float = TIMEOUT) -> None:
        """`own` is the revision of the policies of this release; nothing is connected before the first question. `timeout`
        is in seconds."""
        at = urlsplit(url)
        secure = at.scheme == "https"
        port = at.port or (443 if secure else 80)
        self._client: Final = AsyncOpaClient(host=at.hostname or "", port=port, ssl=secure, retries=0, timeout=timeout)
        self._own: Final = own
        self._is_open = False
        self._trouble: str | None = None
        self._others: set[Revision] = set()

    async def decide(self, package: str, facts: Mapping[str, object]) -> Mapping[str, object]:
        if not _PACKAGE.fullmatch(package):
            raise DecisionUnavailable(f"there is no policy for {package}")
        try:
            told = await self._asked(package, facts)
            self._check(told)
        except _UNANSWERED as failure:
            self._note(type(failure).__name__)
            raise DecisionUnavailable("OPA gave no answer") from failure
        except DecisionUnavailable as failure:
            self._note(str(failure))
            raise
        self._note(None)
        return accepted(told.get("result"))

    async def close(self) -> None:
        self._is_open = False
        await self._client.close_connection()

    async def _asked(self, package: str, facts: Mapping[str, object]) -> Mapping[str, Any]:
        if not self._is_open:
            await self._client.__aenter__()
            self._is_open = True
        told = await self._client.query_rule(facts, f"{NAME}.{package}", "decision", {"provenance": "true"})
        if not isinstance(told, dict):
            raise DecisionUnavailable("OPA did not answer with an object")
        return told

    def _check(self, told: Mapping[str, Any]) -> None:
        """The answer must be of policies that were written for the facts that we send.

        Others with the same interface are those of the release before or after this one, while both run.
        """
        try:
            revision = Revision.read(told["provenance"]["bundles"][NAME]["revision"])
        except (KeyError, TypeError, AttributeError, RevisionUnreadable):
            raise DecisionUnavailable("OPA has not our policies") from None
        if revision.interface != self._own.interface:
            raise DecisionUnavailable("OPA has policies for other facts")
        if revision != self._own and revision not in self._others:
            self._others.add(revision)
            _logger.info("policies_of_another_release", own=str(self._own), answering=str(revision))

    def _note(self, trouble: str | None) -> None:
        """A line when it begins, when it changes and when it is over; not one for every question."""
        if trouble != self._trouble:
            self._trouble = trouble
            if trouble is None:
                _logger.info("decisions_available")
            else:
                _logger.warning("decisions_unavailable", why=trouble)
