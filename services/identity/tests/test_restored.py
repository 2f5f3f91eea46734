"""After a restore nobody is signed in: some sessions had been ended since, and nobody can tell which."""

from datetime import UTC, datetime

import httpx
import pytest

from identity.restored import after_restore
from identity.testing import IdentityUnderTest
from keten.sign_in import CLIENT, SignInRefused, refresh, sign_in

URL = "http://127.0.0.1:8080"


async def restore(identity: IdentityUnderTest) -> None:
    async with identity.service.work.made() as session, session.begin():
        await after_restore(session, now=datetime.now(UTC))


async def test_who_was_signed_in_signs_in_again(identity: IdentityUnderTest) -> None:
    taco = await identity.open_account()
    tokens = await sign_in(URL, taco.email, taco.password, transport=identity.transport)
    assert tokens.refresh_token is not None

    await restore(identity)

    async with httpx.AsyncClient(transport=identity.transport, base_url=URL) as browser:
        with pytest.raises(SignInRefused):
            await refresh(browser, CLIENT, refresh_token=tokens.refresh_token)
    again = await sign_in(URL, taco.email, taco.password, transport=identity.transport)
    assert again.access_token


async def test_no_browser_and_no_partner_system_goes_on_where_it_was(identity: IdentityUnderTest) -> None:
    taco = await identity.open_account()
    await sign_in(URL, taco.email, taco.password, transport=identity.transport)

    await restore(identity)

    for table in ("browser", "session", "service_session"):
        [(alive,)] = await identity.rows(f"select count(*) from {table} where ended_at is null")
        assert alive == 0
    for table in ("authorization_code", "refresh_token"):
        [(left,)] = await identity.rows(f"select count(*) from {table}")
        assert left == 0
