"""What the client does around each request, seen by a platform that is not there."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from keten_client import (
    Answer,
    Conflict,
    JobFailed,
    Keten,
    NotFound,
    PartnerSystem,
    Person,
    SignInRefused,
    TooMany,
    Unavailable,
    every,
)
from keten_client.api import dossier, identity, sharing
from keten_client.models import ClientGroupNamed, SelfChange

ID = UUID("0197a000-0000-7000-8000-00000000d055")
PROBLEM = {"type": "/problems/dossier-not-here", "title": "It is not here.", "status": 404, "detail": "Look elsewhere."}

Requests = list[httpx.Request]


class Platform:
    """Answers in turn what it was told to, the last for ever, and keeps what it was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.asked = Requests()
        self._answers = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        # As it is now: the same request may be sent again with other headers.
        self.asked.append(httpx.Request(request.method, request.url, headers=request.headers, content=request.content))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        stream = httpx.ByteStream(answer.content)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=stream)

    def keten(self, sign_in: httpx.Auth | None = None) -> Keten:
        return Keten("http://keten.test", sign_in, transport=httpx.MockTransport(self))


def told(status: int = 200, body: Any = None, **headers: str) -> httpx.Response:
    kind = "application/json" if status < 400 else "application/problem+json"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, content=json.dumps(body), headers={"Content-Type": kind, **named})


def a_token(value: str = "first", *, lives: int = 300, **more: str) -> httpx.Response:
    return told(body={"access_token": value, "expires_in": lives, **more})


AWAY = told(503, {**PROBLEM, "status": 503}, Retry_After="0")
DONE = httpx.Response(204)


async def test_a_request_sees_what_was_written_before() -> None:
    platform = Platform(httpx.Response(204, headers={"Keten-Position": "one"}), told(204, None, Keten_Position="two"))
    async with platform.keten() as keten:
        for _ in range(3):
            await dossier.client_groups_close_group(keten, ID)

    sent = [request.headers.get("Keten-Position") for request in platform.asked]
    assert sent == [None, "one", "one,two"]


async def test_what_another_wrote_is_seen_as_well() -> None:
    platform = Platform(DONE)
    async with platform.keten() as keten:
        keten.position = "theirs"
        await dossier.client_groups_close_group(keten, ID)

    assert platform.asked[0].headers["Keten-Position"] == "theirs"


async def test_a_position_that_is_too_old_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Platform(DONE).keten() as keten:
        keten.position = "old"
        at, _ = keten._positions[0]
        keten._positions[0] = (at - timedelta(minutes=10).total_seconds(), "old")

        assert keten.position is None


async def test_a_post_is_tried_again_under_the_same_key() -> None:
    made = {"id": str(ID), "name": "Noord", "kind": "own", "status": "open", "dossiers": 0}
    platform = Platform(AWAY, AWAY, told(201, made))
    async with platform.keten() as keten:
        await keten.send("POST", "/dossier/v1/client-groups", json={"name": "Noord"})

    keys = {request.headers["Idempotency-Key"] for request in platform.asked}
    assert len(platform.asked) == 3
    assert len(keys) == 1


async def test_what_is_taken_away_is_tried_again_under_the_same_key() -> None:
    """Whoever lost the answer is not told that it is gone already before every service has it."""
    platform = Platform(AWAY, told(202, {"position": "p", "pending": ["dossier"]}))
    async with platform.keten() as keten:
        answer = await sharing.grants_end_grant(keten, ID)

    assert answer.status == 202
    assert len(platform.asked) == 2
    assert len({request.headers["Idempotency-Key"] for request in platform.asked}) == 1


async def test_a_gateway_that_has_just_started_says_nothing_of_what_is_there() -> None:
    starting = httpx.Response(404, text="404 page not found")
    platform = Platform(starting, DONE)
    async with platform.keten() as keten:
        await keten.send("GET", "/dossier/v1/clients")
    async with Platform(starting).keten() as keten:
        with pytest.raises(Unavailable):
            await dossier.dossiers_read_dossier(keten, ID)

    assert len(platform.asked) == 2


async def test_a_patch_is_not_tried_again() -> None:
    platform = Platform(AWAY, DONE)
    async with platform.keten() as keten:
        with pytest.raises(Unavailable):
            await identity.users_change_self(keten, body=SelfChange(name="Tess"), if_match='"3"')

    assert len(platform.asked) == 1
    assert platform.asked[0].headers["If-Match"] == '"3"'


async def test_trying_again_has_an_end() -> None:
    platform = Platform(AWAY)
    async with platform.keten() as keten:
        with pytest.raises(Unavailable):
            await sharing.levels_list_levels(keten)

    assert len(platform.asked) == 4


async def test_a_refusal_tells_its_problem() -> None:
    reasons = [{"rule": "right-missing"}]
    async with Platform(told(404, {**PROBLEM, "reasons": reasons})).keten() as keten:
        with pytest.raises(NotFound) as refused:
            await dossier.dossiers_read_dossier(keten, ID)

    problem = refused.value.problem
    assert (problem.type_, problem.status, problem.detail) == (PROBLEM["type"], 404, "Look elsewhere.")
    assert isinstance(problem.reasons, list)
    assert problem.reasons[0]["rule"] == "right-missing"


async def test_a_gateway_that_knows_no_problems_is_understood() -> None:
    async with Platform(httpx.Response(429, text="Too Many Requests")).keten() as keten:
        with pytest.raises(TooMany) as refused:
            await dossier.dossiers_read_dossier(keten, ID)

    assert refused.value.problem.type_ == "about:blank"


async def test_a_token_is_got_once_and_again_when_it_is_refused() -> None:
    refused = told(401, {**PROBLEM, "status": 401})
    platform = Platform(a_token(), DONE, DONE, refused, a_token("second"), DONE)
    async with platform.keten(PartnerSystem("system", "secret")) as keten:
        for _ in range(3):
            await dossier.client_groups_close_group(keten, ID)

    sent = [request.headers["Authorization"] for request in platform.asked if request.method == "DELETE"]
    assert sent == ["Bearer first", "Bearer first", "Bearer first", "Bearer second"]
    assert platform.asked[0].content == b"grant_type=client_credentials"
    assert platform.asked[0].headers["Authorization"].startswith("Basic ")


async def test_a_token_that_is_about_to_end_is_renewed_first() -> None:
    platform = Platform(a_token(lives=10), DONE, a_token("second"), DONE)
    async with platform.keten(PartnerSystem("system", "secret")) as keten:
        for _ in range(2):
            await dossier.client_groups_close_group(keten, ID)

    assert platform.asked[-1].headers["Authorization"] == "Bearer second"


async def test_a_persons_refresh_token_is_used_once() -> None:
    platform = Platform(a_token(lives=10, refresh_token="next"), DONE, a_token("second"), DONE)
    async with platform.keten(Person("my-program", "mine")) as keten:
        for _ in range(2):
            await dossier.client_groups_close_group(keten, ID)

    spent = [request.content.decode() for request in platform.asked if request.method == "POST"]
    assert [text.rpartition("refresh_token=")[2] for text in spent] == ["mine", "next"]


async def test_who_gets_no_token_is_told_why() -> None:
    refused = httpx.Response(401, json={"error": "invalid_client"})
    async with Platform(refused).keten(PartnerSystem("system", "wrong")) as keten:
        with pytest.raises(SignInRefused, match="invalid_client"):
            await dossier.client_groups_close_group(keten, ID)


async def test_every_row_comes_once_page_after_page() -> None:
    def page(name: str, following: str | None) -> httpx.Response:
        level = {"id": str(ID), "code": name, "name": name, "standard": False, "sections": {}}
        return told(body={"items": [level], "next": following})

    platform = Platform(page("a", str(ID)), page("b", None))
    async with platform.keten() as keten:
        codes = [level.code async for level in every(sharing.levels_list_levels, keten, limit=1)]

    assert codes == ["a", "b"]
    assert [dict(request.url.params) for request in platform.asked] == [
        {"limit": "1"},
        {"limit": "1", "cursor": str(ID)},
    ]


async def test_a_withdrawal_is_settled_when_nobody_must_confirm_it_any_more(at_once: None) -> None:
    pending = {"position": "token", "pending": ["dossier"]}
    platform = Platform(told(202, pending), told(body={"pending": ["dossier"]}), told(body={"pending": []}))
    async with platform.keten() as keten:
        await keten.settled(await sharing.grants_end_grant(keten, ID))

    asked = [(request.url.path, json.loads(request.content)) for request in platform.asked[1:]]
    assert asked == [("/sharing/v1/positions/_check", {"position": "token"})] * 2


async def test_a_job_that_fails_says_why(at_once: None) -> None:
    job = {"state": "failed", "reasons": ["photo-unreadable"], "details": ["This is no picture."]}
    platform = Platform(told(body={"state": "open"}), told(body=job))
    async with platform.keten() as keten:
        with pytest.raises(JobFailed, match="This is no picture"):
            await keten.settled(Answer(None, 202, None, "/identity/v1/jobs/1", "/identity/v1/users/1/photo"))


async def test_an_open_question_ends_when_patience_does(at_once: None) -> None:
    async with Platform(told(body={"state": "open"})).keten() as keten:
        with pytest.raises(TimeoutError):
            await keten.settled(Answer(None, 202, None, "/jobs/1", "/"), patience=0.05)


async def test_a_rule_that_forbids_is_told_from_what_is_not_there() -> None:
    async with Platform(told(409, {**PROBLEM, "status": 409})).keten() as keten:
        with pytest.raises(Conflict):
            await dossier.client_groups_open_group(keten, body=ClientGroupNamed(name="Noord"))


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two looks no time passes."""
    monkeypatch.setattr("keten_client.platform._PAUSE", 0.0)
