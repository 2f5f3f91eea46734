"""Coming in over the gateway and by real mail: a colleague is added, forgets his password, sets up a second factor."""

import httpx
import pyotp
import pytest

from contracts.ids import new_id
from keten.joining import set_password
from keten.sign_in import SignInRefused, sign_in, submit
from tests.e2e.people import PASSWORD, Founder, Platform
from tests.e2e.waiting import eventually

NEW = "another sentence that nobody guesses"


async def test_a_colleague_comes_in_by_mail_and_back_in_when_he_forgot_his_password(
    platform: Platform, organisations: Founder
) -> None:
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    email = f"lennart-{new_id().hex[-12:]}@example.org"

    body = {"name": "Lennart Smit", "email": email, "role": "member", "language": "en"}
    await kracht.owner.post("/identity/v1/users", body)
    invitation = await platform.mailbox.mail(email)
    await set_password(platform.mailbox, email=email, password=PASSWORD)
    lennart = await organisations.sign_in(email, name="Lennart")
    assert "Tess Bakker" in invitation.text
    assert (await lennart.get("/dossier/v1/client-groups"))["items"] == []

    in_english = {"Accept-Language": "en"}
    async with httpx.AsyncClient(base_url=platform.url, timeout=30, headers=in_english) as anybody:
        page = await anybody.get("/identity/sign-in/forgotten")
        told = await submit(anybody, page, email=email)
    reset = await platform.mailbox.mail(email, after=invitation)
    await set_password(platform.mailbox, email=email, password=NEW)

    assert "If we know this address" in told.text
    assert reset.link is not None
    # In a service that only heard of it: the token is refused, and so is the refresh that follows.
    with pytest.raises(SignInRefused, match="invalid_grant"):
        await lennart.get("/dossier/v1/client-groups")
    assert (await sign_in(platform.url, email, NEW)).access_token
    with pytest.raises(SignInRefused):
        await sign_in(platform.url, email, PASSWORD)


async def test_a_second_factor_is_asked_for_and_told_by_mail(platform: Platform, organisations: Founder) -> None:
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    made = await kracht.owner.post("/identity/v1/second-factors", {"password": PASSWORD})
    codes = pyotp.TOTP(made["secret"])

    kept = (await kracht.owner.post("/identity/v1/second-factors/_confirm", {"code": codes.now()}))["recoveryCodes"]
    without = [await _is_refused(platform, kracht.owner_email, code) for code in (None, "000000", codes.now())]
    tokens = await sign_in(platform.url, kracht.owner_email, PASSWORD, code=lambda: kept[0])

    assert without == [True, True, True]
    assert tokens.access_token

    async def both_changes_were_mailed() -> None:
        assert len(await platform.mailbox.mails(kracht.owner_email)) == 3

    await eventually(both_changes_were_mailed)


async def _is_refused(platform: Platform, email: str, code: str | None) -> bool:
    try:
        await sign_in(platform.url, email, PASSWORD, code=(lambda: code) if code else None)
    except SignInRefused:
        return True
    return False
