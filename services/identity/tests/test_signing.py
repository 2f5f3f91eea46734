"""The keys that sign tokens, rotated while identity runs."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chassis import followed, tokens
from chassis.key_rotation import KeyFile, changing
from identity.signing import SigningKeys
from identity.testing import IdentityUnderTest
from keten.sign_in import sign_in

URL = "http://127.0.0.1:8080"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followed, "LOOK", 0.0)
    for pause in ("REFETCH", "_RETRY", "FRESH"):
        monkeypatch.setattr(tokens, pause, 0.0)


def step(secrets: Path, change: Callable[[KeyFile], KeyFile]) -> None:
    with changing(secrets, "tokens") as file:
        file.to = change(file.to)


async def test_no_token_is_refused_while_its_key_is_rotated(identity: IdentityUnderTest) -> None:
    who, secrets, now = await identity.open_account(), identity.databases.secrets, datetime.now(UTC)

    given = []
    for change in (
        lambda file: file,
        lambda file: file.with_coming(at=now),
        lambda file: file.switched(at=now),
        lambda file: file.tidied(at=now),
    ):
        step(secrets, change)
        given.append((await sign_in(URL, who.email, who.password, transport=identity.transport)).access_token)
        assert {(await identity.browser(token).get("/identity/v1/users/me")).status_code for token in given} == {200}
    jwks = (await identity.browser().get("/identity/oauth2/jwks")).json()

    assert len(jwks["keys"]) == 2
    assert not any("d" in key for key in jwks["keys"])


async def test_what_a_leaked_key_signed_opens_nothing(identity: IdentityUnderTest) -> None:
    who, now = await identity.open_account(), datetime.now(UTC)
    old = (await sign_in(URL, who.email, who.password, transport=identity.transport)).access_token

    step(identity.databases.secrets, lambda file: file.replaced(at=now))
    new = (await sign_in(URL, who.email, who.password, transport=identity.transport)).access_token

    assert (await identity.browser(new).get("/identity/v1/users/me")).status_code == 200
    assert (await identity.browser(old).get("/identity/v1/users/me")).status_code == 401


@pytest.mark.parametrize("content", ["", "{", '{"keys": []}', '{"keys": [{"kty": "EC"}]}'])
def test_a_broken_file_keeps_the_keys_of_before(identity: IdentityUnderTest, tmp_path: Path, content: str) -> None:
    whole = (identity.databases.secrets / "tokens.json").read_text()
    (tmp_path / "tokens.json").write_text(whole)
    signing = SigningKeys.of(tmp_path)
    kid = signing.current.kid

    (tmp_path / "tokens.json").write_text(content)

    assert signing.current.kid == kid


def test_keys_that_cannot_sign_are_none(identity: IdentityUnderTest, tmp_path: Path) -> None:
    public = SigningKeys.of(identity.databases.secrets).public()
    (tmp_path / "tokens.json").write_text(json.dumps(public))

    with pytest.raises(ValueError, match="no keys to sign with"):
        SigningKeys.of(tmp_path)
