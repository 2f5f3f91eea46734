"""A morning at the sign-in: many come at the same moment, and nobody throws the others out."""

import asyncio
import json

from keten.sign_in import sign_in
from tests.e2e.people import PASSWORD, Founder, Platform
from tests.stack import Stack

# More than passwords are looked at at once.
AT_ONCE = 8


async def test_who_sign_in_at_the_same_moment_do_not_exhaust_the_memory(stack_beside: Stack) -> None:
    there = Platform(stack_beside.url, None, mail=stack_beside.mail_url, secrets=stack_beside.secrets)
    founder = Founder(there)
    house = await founder.organisation("Kracht", "Tess Bakker")
    started = _starts(stack_beside)

    came = await asyncio.gather(*(sign_in(there.url, house.owner_email, PASSWORD) for _ in range(AT_ONCE)))
    await house.owner.close()

    assert len({tokens.access_token for tokens in came}) == AT_ONCE
    assert _starts(stack_beside) == started


def _starts(stack: Stack) -> int:
    [told] = json.loads(stack.docker("inspect", "identity"))
    return int(told["RestartCount"])
