"""A key that signs tokens has leaked: what it signed opens nothing any more, and people go on with new tokens."""

import httpx
import pytest

from keten import keys
from keten.sign_in import sign_in
from tests.e2e.people import PASSWORD, Founder, Platform
from tests.e2e.waiting import eventually

# On the containers that all tests share it would end the tokens of the others.
SHAPES = ("one machine",)


async def test_tokens_of_a_leaked_key_are_refused_within_seconds(platform: Platform, organisations: Founder) -> None:
    if platform.secrets is None:
        pytest.skip("the secrets of the platform at KETEN_URL are not known here")
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    old = (await sign_in(platform.url, kracht.owner_email, PASSWORD)).access_token

    keys.main(["--secrets", str(platform.secrets), "rotate", "tokens", "--now"])

    async with httpx.AsyncClient(base_url=platform.url, headers={"Authorization": f"Bearer {old}"}) as thief:

        async def refused() -> None:
            for path in ("/identity/v1/users/me", "/dossier/v1/client-groups", "/sharing/v1/levels"):
                assert (await thief.get(path)).status_code == 401

        await eventually(refused, patience=120)
    fresh = (await sign_in(platform.url, kracht.owner_email, PASSWORD)).access_token

    async def open_again() -> None:
        async with httpx.AsyncClient(base_url=platform.url, headers={"Authorization": f"Bearer {fresh}"}) as tess:
            assert (await tess.get("/sharing/v1/levels")).status_code == 200

    await eventually(open_again)
    # Her program renews its tokens by itself.
    assert await kracht.owner.get("/identity/v1/users/me")
