"""Requests of people whom nobody knows yet: counted by where they come from, and by the address they are about."""

import math
from typing import Annotated

from fastapi import Depends, Request

from chassis.problems import TooMany
from chassis.tokens import Actor
from contracts.ids import new_id
from identity import tries
from identity.api.fields import FromNetwork, RuntimeContext
from identity.tries import MAILS, Budget


async def as_anybody(request: Request) -> None:
    """Nobody in particular, by ids that nobody has."""
    request.scope["actor"] = Actor(user_id=new_id(), account_id=new_id(), client="sign-up", session_id="")


Anybody = Annotated[None, Depends(as_anybody)]


async def may_be_mailed(
    runtime: RuntimeContext, network: FromNetwork, *, budget: Budget, about: str, refusal: type[TooMany]
) -> bool:
    """Whether a mail may go to an address once more: who asks learns nothing of that. Raises the refusal for a crowd."""
    taken = await tries.spend(runtime.made, (budget, network), (MAILS, about), now=runtime.clock())
    if not taken[0].is_allowed:
        wait = (taken[0].until - runtime.clock()).total_seconds()
        raise refusal(retryAfter=math.ceil(wait))
    return taken[-1].is_allowed
