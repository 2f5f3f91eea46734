"""Whoever adds a command or a query asks the policy in it, or writes down why everybody may."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.services import SERVICES

ROOT = Path(__file__).parents[2]
HOLDERS = ("commands", "queries")
EXCUSE = re.compile(r"# open to everyone: \S")


def test_every_command_and_query_asks_the_policy() -> None:
    silent = {module.relative_to(ROOT).as_posix(): silent_in(module.read_text()) for module in modules()}

    found = [f"{module}: {name}" for module, names in silent.items() for name in names]
    assert not found, (
        "These public coroutines neither await authorize or scope_of, nor say `# open to everyone: <why>`:\n"
        + "\n".join(found)
    )


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_something_to_ask_about(service: str) -> None:
    sources = [module.read_text() for module in modules() if module.is_relative_to(ROOT / "services" / service)]

    assert any(True for source in sources for _ in public_coroutines(ast.parse(source))), service


ASKS = """
async def close(c, thing_id):
    await c.authorize("thing.close", facts(thing_id))
"""
LISTS = """
async def things(q):
    scope = await scope_of(q, "thing.read")
"""
IS_OPEN = """
async def colours(q):
    # open to everyone: colours are no secret
    return await q.session.execute(COLOURS)
"""
FORGETS = """
async def close(c, thing_id):
    thing = await c.session.get(Thing, thing_id)
    thing.close()
"""
DOES_NOT_WAIT = """
async def close(c, thing_id):
    c.authorize("thing.close", facts(thing_id))
"""
GIVES_NO_REASON = """
async def close(c, thing_id):
    # open to everyone:
    return None
"""
SAYS_SO_IN_A_STRING = """
async def close(c, thing_id):
    return "# open to everyone: or so it seems"
"""
LEAVES_IT_TO_ANOTHER = """
async def close(c, thing_id):
    async def authorize_later():
        await c.authorize("thing.close", facts(thing_id))
    return await c.session.get(Thing, thing_id)
"""
IS_PRIVATE = """
async def _close(c, thing_id): ...
def names(things): ...
"""


@pytest.mark.parametrize("source", [ASKS, LISTS, IS_OPEN, IS_PRIVATE])
def test_this_test_accepts(source: str) -> None:
    assert silent_in(source) == []


@pytest.mark.parametrize("source", [FORGETS, DOES_NOT_WAIT, GIVES_NO_REASON, SAYS_SO_IN_A_STRING, LEAVES_IT_TO_ANOTHER])
def test_this_test_detects(source: str) -> None:
    assert silent_in(source) == ["close"]


def modules() -> Iterator[Path]:
    """The modules of commands and queries, be they one file or a package."""
    for service in SERVICES:
        package = ROOT / "services" / service / service
        for holder in HOLDERS:
            yield from sorted(package.glob(f"{holder}.py"))
            yield from sorted(package.glob(f"{holder}/**/*.py"))


def silent_in(source: str) -> list[str]:
    """The public coroutines of a module that do not ask."""
    excused = _lines_with_an_excuse(source)
    return [
        made.name
        for made in public_coroutines(ast.parse(source))
        if not _asks(made) and not any(made.lineno <= line <= (made.end_lineno or 0) for line in excused)
    ]


def public_coroutines(module: ast.Module) -> Iterator[ast.AsyncFunctionDef]:
    for made in module.body:
        if isinstance(made, ast.AsyncFunctionDef) and not made.name.startswith("_"):
            yield made


def _asks(made: ast.AsyncFunctionDef) -> bool:
    return any(isinstance(node, ast.Await) and _is_question(node.value) for node in _own(made))


def _own(made: ast.AST) -> Iterator[ast.AST]:
    """What a function itself does, without what the functions inside it would do."""
    for child in ast.iter_child_nodes(made):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _own(child)


def _is_question(node: ast.expr) -> bool:
    """`c.authorize(…)`, `q.authorize(…)` or `scope_of(…)`."""
    if not isinstance(node, ast.Call):
        return False
    asked = node.func
    return (isinstance(asked, ast.Attribute) and asked.attr == "authorize") or (
        isinstance(asked, ast.Name) and asked.id == "scope_of"
    )


def _lines_with_an_excuse(source: str) -> list[int]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [token.start[0] for token in tokens if token.type == tokenize.COMMENT and EXCUSE.match(token.string)]
