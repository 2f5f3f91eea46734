"""What is asked again until it is answered counts once, whatever became of the times before."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from keten.sign_in import Tokens
from tests.torture.person import NeverAnswered, Person, problem
from tests.torture.story import Line, Request
from tests.torture.tally import Tally

LINE = Line("profile.write", "a dossier")
CHANGE = Request(
    "PATCH", "/dossier/v1/dossiers/1/profile", {}, version=1, lines=(LINE,), done_before=("version-stale",)
)


async def test_what_was_done_the_first_time_is_done_and_has_its_line_once() -> None:
    person = somebody(nothing, refusal(412, "version-stale"))

    answer = await person.ask(CHANGE, "key", ())

    assert answer.is_success
    entry = ("dossier", person.user_id, LINE.action, LINE.subject, LINE.outcome)
    assert (person.tally.least[entry], person.tally.most[entry], person.tally.commands) == (1, 2, 1)


async def test_a_refusal_at_the_first_time_of_asking_is_a_refusal() -> None:
    person = somebody(refusal(412, "version-stale"))

    answer = await person.ask(CHANGE, "key", ())

    assert problem(answer) == "version-stale"
    assert person.tally.least.total() == 0


async def test_the_same_key_goes_along_each_time() -> None:
    keys = list[str]()

    def heard(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        return httpx.Response(503) if len(keys) < 3 else httpx.Response(204)

    person = somebody(heard, heard, heard)
    await person.ask(CHANGE, "the key", ())

    assert keys == ["the key"] * 3


async def test_who_is_never_answered_says_so() -> None:
    with pytest.raises(NeverAnswered):
        await somebody(nothing, nothing, patience=0).ask(CHANGE, "key", ())


def somebody(*answers: Callable[[httpx.Request], httpx.Response], patience: float = 60) -> Person:
    person = Person("http://there", "somebody@example.org", "somebody", Tally(), patience, Tokens("token", 300))
    left: Iterator[Callable[[httpx.Request], httpx.Response]] = iter(answers)
    transport = httpx.MockTransport(lambda request: next(left)(request))
    person.http = httpx.AsyncClient(base_url=person.url, transport=transport)
    return person


def nothing(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("the process died", request=request)


def refusal(status: int, name: str) -> Callable[[httpx.Request], httpx.Response]:
    return lambda request: httpx.Response(status, json={"type": f"/problems/{name}"})
