"""Where a story is played: several people act at once, each step under the locks that keep its outcome foreseeable; every
answer is held against the model at once, and folded into it."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Final

import httpx

from tests.torture.cast import Cast
from tests.torture.kinds import KINDS
from tests.torture.kinds.reading import RENEWS
from tests.torture.locks import Locks
from tests.torture.model import ACTIVE
from tests.torture.person import ASKED_AT, DONE_BEFORE, POSITION, NeverAnswered, Person, problem
from tests.torture.story import NOUNS, Difference, Keys, NotAsItMustBe, Request, Step

# A request may carry so many positions.
_MOST_POSITIONS: Final = 8

# What was done so long ago has arrived, or chaos shows that it has not (seconds); a position is good for ten minutes.
_FRESH: Final = 60.0

# Who took rights from himself and lost the answer cannot know since when it holds everywhere; he is left alone so long
# (seconds).
_ASIDE: Final = 60.0

# Somebody who was suspended tries what he has left now and then.
_TRIES_DEAD: Final = 0.1


@dataclass
class Told:
    """A step that was played: how it ended, and when (seconds since the story began)."""

    step: Step
    sentence: str
    outcome: str
    at: float


@dataclass
class Stage:
    """One cast, one story. `before` is what the log held already; `heard` is told of every answered write, with its service
    and when it was asked."""

    cast: Cast
    before: Set[str] = frozenset()
    heard: Callable[[str, float], None] = lambda service, asked_at: None
    told: list[Told] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    over: asyncio.Event = field(default_factory=asyncio.Event)
    _locks: Locks = field(default_factory=Locks)
    _positions: dict[str, list[tuple[str, str, float]]] = field(default_factory=dict)
    _aside: dict[str, float] = field(default_factory=dict)

    async def improvise(self, seed: int, *, actors: int) -> None:
        """People act until it is over, or until something is not as it must be."""
        await asyncio.gather(*(self._act(seed, actor) for actor in range(1, actors + 1)))

    async def retell(self, steps: Sequence[Step]) -> None:
        """The same steps, one after the other; those about what was never made are left out."""
        for step in steps:
            if not self.over.is_set() and all(self.cast.model.has(name) for name in step.about()):
                await self._play(step)

    async def _act(self, seed: int, actor: int) -> None:
        number = 0
        while not self.over.is_set():
            number += 1
            step = self._choose(Random(f"{seed} {actor} {number}"), f"{actor}.{number}")
            if step is not None:
                await self._play(step)
            await asyncio.sleep(0)

    def _choose(self, chance: Random, label: str) -> Step | None:
        [kind] = chance.choices(list(KINDS), [kind.weight for kind in KINDS.values()])
        acting = [user for user in self.cast.model.people() if not self._is_aside(user.name)]
        if not acting:
            return None
        by = acting[int(chance.random() * len(acting))]
        if by.status != ACTIVE and chance.random() > _TRIES_DEAD:
            return None
        args = KINDS[kind].pick(self.cast.model, chance, by.name)
        return None if args is None else Step(label, kind, by.name, args)

    async def _play(self, step: Step) -> None:
        kind = KINDS[step.kind]
        try:
            touched = kind.keys(self.cast.model, step)
            async with self._locks.taken(touched.shares, touched.holds):
                outcome = await self._perform(step, touched)
        except NeverAnswered as fault:
            outcome = self._differs(step, str(fault))
        self.told.append(Told(step, kind.sentence(step), outcome, time.monotonic() - self.began))

    async def _perform(self, step: Step, touched: Keys) -> str:
        if self._is_aside(step.by):  # since this was chosen
            return "left alone"
        person, answered, outcome = self.cast.people[step.by], 0, "nothing"
        while (request := KINDS[step.kind].request(self.cast.model, step, answered)) is not None:
            if self.cast.model.users[step.by].status != ACTIVE:
                return await self._try_dead(step, person, request)
            if person.tokens is None:
                await person.sign_in()
            elif step.kind == RENEWS:
                await person.renew()
            answer = await self._ask(step, person, request, touched, answered)
            outcome, answered = self._fold(step, request, answer), answered + 1
            if request.is_write and answer.is_success:
                await self._note_position(step, person, request, answer, touched)
            if outcome == "different":
                break
        return outcome

    async def _ask(self, step: Step, person: Person, request: Request, touched: Keys, answered: int) -> httpx.Response:
        positions = await self._positions_of(person, touched.shares | touched.holds)
        answer = await person.ask(request, f"{step.label}/{answered}", positions)
        if request.is_write and answer.is_success:
            # When it was asked for the last time: what was asked before, a kill may have swallowed.
            self.heard(request.service, answer.extensions[ASKED_AT])
        return answer

    def _fold(self, step: Step, request: Request, answer: httpx.Response) -> str:
        """What was answered, into the model; anything else than what had to come is a difference."""
        told = problem(answer)
        if told != request.expected:
            expected = request.expected or "success"
            asked = f"{request.method} {request.path.partition('?')[0]}"
            return self._differs(step, f"{asked} was answered {told or answer.status_code}, and not {expected}")
        if told is None:
            try:
                request.done(answer)
            except NotAsItMustBe as fault:
                return self._differs(step, str(fault))
        return told or str(answer.status_code)

    async def _try_dead(self, step: Step, person: Person, request: Request) -> str:
        """Whoever was suspended gets nothing, whatever token he has left; what is not there, he may hear as anybody does."""
        if person.tokens is None:
            return "nobody"
        answer = await person.try_dead_token(request)
        denied = [type(line)(line.action, line.subject, "denied") for line in (*request.lines, *request.again)]
        person.tally.may_have(request.service, person.user_id, denied)
        if answer is None or answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            return "nothing for who is not active"
        if answer.status_code != httpx.codes.NOT_FOUND or problem(answer) != request.expected:
            return self._differs(step, f"was answered {answer.status_code} to somebody who is not active")
        return "nothing for who is not active"

    async def _note_position(
        self, step: Step, person: Person, request: Request, answer: httpx.Response, touched: Keys
    ) -> None:
        """What gives must be shown to be seen; what takes away holds by itself once it is confirmed."""
        if request.takes_away and DONE_BEFORE in answer.extensions:
            self._aside[step.by] = time.monotonic() + _ASIDE
        position = answer.headers.get(POSITION)
        if answer.status_code == httpx.codes.ACCEPTED and position and "pending" in answer.text:
            await person.confirmed(request.service, position)
        elif position and not request.takes_away:
            made = {f"{noun}:{step.made(noun)}" for noun in NOUNS}
            for key in touched.holds | made:
                self._positions.setdefault(key, []).append((request.service, position, time.monotonic()))

    async def _positions_of(self, person: Person, keys: frozenset[str]) -> list[str]:
        """Those of what this rests on, the newest of them; older ones are seen to have arrived everywhere first."""
        shown = {said for key in keys for said in self._positions.get(key, [])}
        newest = sorted(shown, key=lambda said: said[2], reverse=True)
        fresh = [said for said in newest if time.monotonic() - said[2] < _FRESH][:_MOST_POSITIONS]
        for service, position, _ in set(newest) - set(fresh):
            await person.confirmed(service, position)
        for key in keys & self._positions.keys():
            self._positions[key] = [said for said in self._positions[key] if said in fresh]
        return [position for _, position, _ in fresh]

    def _is_aside(self, name: str) -> bool:
        return self._aside.get(name, 0) > time.monotonic()

    def _differs(self, step: Step, text: str) -> str:
        about = next(
            (step.args[noun] for noun in ("entry", "file", "grant", "dossier", "group", "user") if noun in step.args),
            step.by,
        )
        self.differences.append(
            Difference("answer", about, f"{KINDS[step.kind].sentence(step)} (step {step.label}): {text}")
        )
        self.over.set()
        return "different"


async def for_a_while(stage: Stage, seconds: float, work: Awaitable[None]) -> None:
    """The work, told after so many seconds that it is over; it is waited for until its last answer."""
    working = asyncio.ensure_future(work)
    over = asyncio.create_task(stage.over.wait())
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.wait([working, over], return_when=asyncio.FIRST_COMPLETED)
    stage.over.set()
    await working
    over.cancel()
