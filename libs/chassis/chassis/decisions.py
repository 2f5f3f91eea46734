"""The decision point: facts in, a decision out. Knows no rule; anything but a clear answer is no answer."""

import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from regopy import Bundle, Input, Interpreter, RegoError


class DecisionUnavailable(Exception):
    """Who may do this cannot be told at the moment."""


class DecisionPoint(Protocol):
    """Answers by policy; one contract test holds every driver."""

    async def decide(self, package: str, facts: Mapping[str, object]) -> Mapping[str, object]:
        """The `decision` of a policy package (`dossier`) on these facts, plain JSON both ways.

        Raises DecisionUnavailable when it is undefined, failed, or has no `allow` that is a boolean.
        """
        ...

    async def close(self) -> None:
        """Let go of what was held for asking."""
        ...


@dataclass(frozen=True, slots=True)
class Decision:
    """What a policy answered. Not visible, then it is not there; visible and not allowed, then the reasons are told."""

    allow: bool
    visible: bool
    active: bool
    uncertain: bool
    rights: frozenset[str]
    reasons: tuple[Mapping[str, object], ...]
    ways: tuple[str, ...] = ()
    stale_ways: tuple[str, ...] = ()

    @classmethod
    def of(cls, answer: Mapping[str, object]) -> "Decision":
        """The answer of a decision point, read strictly: DecisionUnavailable for what is absent or contradicts itself."""
        decision = cls(
            allow=_flag(answer, "allow"),
            visible=_flag(answer, "visible"),
            active=_flag(answer, "active"),
            uncertain=_flag(answer, "uncertain"),
            rights=frozenset(_words(answer.get("rights"))),
            reasons=_reasons(answer.get("reasons")),
            ways=_words(answer.get("ways", [])),
            stale_ways=_words(answer.get("stale_ways", [])),
        )
        if decision.allow and (decision.uncertain or not decision.visible or not decision.active):
            raise DecisionUnavailable("the answer contradicts itself")
        return decision


def _flag(answer: Mapping[str, object], name: str) -> bool:
    value = answer.get(name)
    if not isinstance(value, bool):
        raise DecisionUnavailable(f"{name} is not a boolean")
    return value


def _words(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
        raise DecisionUnavailable("a list of words was expected")
    return tuple(value)


def _reasons(value: object) -> tuple[Mapping[str, object], ...]:
    if not isinstance(value, list) or not all(isinstance(reason, dict) and "rule" in reason for reason in value):
        raise DecisionUnavailable("reasons are objects that name their rule")
    return tuple(value)


def accepted(answer: object) -> Mapping[str, object]:
    """The answer, if it is an object whose `allow` is exactly a boolean; what every driver passes its result through."""
    if not isinstance(answer, dict) or not isinstance(answer.get("allow"), bool):
        raise DecisionUnavailable("the policy gave no decision")
    return answer


def policy_sources(directory: Path) -> Mapping[str, str]:
    """The policies of a directory by their path in it, without their tests."""
    return {
        path.relative_to(directory).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(directory.rglob("*.rego"))
        if not path.stem.endswith("_test")
    }


def _entrypoints(sources: Iterable[str]) -> Iterator[str]:
    """Packages that state a `decision`; the others are shared rules."""
    for source in sources:
        package = re.search(r"^package (\S+)$", source, re.MULTILINE)
        if package and re.search(r"^decision := ", source, re.MULTILINE):
            yield f"{package[1].replace('.', '/')}/decision"


def _for_interpreter(facts: Mapping[str, object]) -> object:
    """The facts as the interpreter must get them; TypeError or ValueError for what is not JSON.

    It keeps strings as they stand in JSON source and writes them back unescaped: a quote in a fact would end the string
    in the answer, and could forge one. So strings go in escaped, and come out right.
    """
    text = json.dumps(facts, ensure_ascii=False, allow_nan=False)
    return _escaped(json.loads(text)) if "\\" in text else facts


def _escaped(value: object) -> object:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)[1:-1]
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    if isinstance(value, dict):
        return {_escaped(key): _escaped(item) for key, item in value.items()}
    return value


class EmbeddedRego:
    """The policies in an interpreter inside this process; one interpreter for each thread that asks."""

    def __init__(self, directory: Path) -> None:
        """Reads the policies once; a file changed later is seen by the next process only.

        Raises DecisionUnavailable when they do not compile: a service must not start without its policies.
        """
        self._modules: Final = policy_sources(directory)
        self._data: Final = json.loads((directory / "data.json").read_text(encoding="utf-8"))
        self._entrypoints: Final = frozenset(_entrypoints(self._modules.values()))
        self._local = threading.local()
        if not self._entrypoints:
            raise DecisionUnavailable(f"no policy that decides in {directory.name}")
        self._engine()

    async def decide(self, package: str, facts: Mapping[str, object]) -> Mapping[str, object]:
        return self.decide_now(package, facts)

    async def close(self) -> None:
        """Nothing is open."""

    def decide_now(self, package: str, facts: Mapping[str, object]) -> Mapping[str, object]:
        """The same without a loop. Nothing may come between setting the input and the query: the interpreter keeps it."""
        entrypoint = f"keten/{package}/decision"
        if entrypoint not in self._entrypoints:
            raise DecisionUnavailable(f"there is no policy for {package}")
        try:
            interpreter, bundle = self._engine()
            given = _for_interpreter(facts)
            interpreter.set_input(Input(given))
            output = interpreter.query_bundle_entrypoint(bundle, entrypoint)
            answer = json.loads(str(output))["expressions"] if output.ok() else None
        except (RegoError, ValueError, TypeError, KeyError) as failure:
            raise DecisionUnavailable("the policy could not be asked") from failure
        return accepted(answer[0] if isinstance(answer, list) and len(answer) == 1 else None)

    def _engine(self) -> tuple[Interpreter, Bundle]:
        engine: tuple[Interpreter, Bundle] | None = getattr(self._local, "engine", None)
        if engine is None:
            engine = self._local.engine = self._compile()
        return engine

    def _compile(self) -> tuple[Interpreter, Bundle]:
        interpreter = Interpreter()
        try:
            interpreter.add_data(self._data)
            for name, source in self._modules.items():
                interpreter.add_module(name, source)
            bundle = interpreter.build(None, sorted(self._entrypoints))
        except RegoError as failure:
            raise DecisionUnavailable("the policies do not compile") from failure
        if not bundle.ok():
            raise DecisionUnavailable("the policies do not compile")
        return interpreter, bundle
