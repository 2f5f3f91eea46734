"""Routes that every service has: has my write arrived everywhere, and does the chain of the access log hold."""

from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter

from chassis import access_log, positions
from chassis.context import Resource
from chassis.edge import Edge, QueryContext, Runtime
from chassis.keyrings import Keyring
from chassis.models import Model


class PositionToken(Model):
    """A position as a write answered it."""

    position: str


class Arrival(Model):
    """Which services have not yet taken in what a position names; none pending means it holds everywhere."""

    pending: list[str]


class ChainCheck(Model):
    """Whether no line of this service's access log was changed, added or taken away since it was sealed."""

    segments: int
    lines: int
    unsealed: int
    intact: bool
    first_broken_line_id: UUID | None


def house_routes(runtime: Runtime, account: Callable[[UUID], Resource], sealing: Keyring) -> APIRouter:
    """`account` gives the resource on which the right to check the chain is asked."""
    routes = APIRouter(route_class=Edge, tags=["service"])

    @routes.post("/positions/_check")
    async def check_position(asked: PositionToken, query: QueryContext) -> Arrival:
        """Whether a write that was answered 202 has been confirmed by every service by now."""
        # open to everyone: says only whether the bearer's own signed token has arrived
        named = positions.read(runtime.positions, asked.position, now=query.now)
        services = {name for name in runtime.peers.clients if name != runtime.service}
        pending = await runtime.peers.unconfirmed(services, asked.position, patience=0)
        here = await positions.arrived(runtime.made, named.only(runtime.heard_types()), patience=0)
        return Arrival(pending=pending if here else sorted([*pending, runtime.service]))

    @routes.post("/access-log/_verify")
    async def verify_access_log(query: QueryContext) -> ChainCheck:
        """Walk the chain of this service's access log from its first line to its head."""
        await query.authorize("access_log.verify", account(query.actor.account_id))
        found = await access_log.verify(query.session, sealing)
        return ChainCheck(
            segments=found.segments,
            lines=found.lines,
            unsealed=found.unsealed,
            intact=found.intact,
            first_broken_line_id=found.broken_at,
        )

    return routes
