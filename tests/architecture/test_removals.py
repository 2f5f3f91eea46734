"""Whoever removes an object asks first whether a backup is being made that may need it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from keten.place import CHECKOUT

SOURCES = [
    path
    for folder in ("libs/chassis/chassis", "libs/access/access", "services")
    for path in (CHECKOUT / folder).rglob("*.py")
    if "tests" not in path.parts and "migrations" not in path.parts and ".remove(" in path.read_text()
]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_no_object_is_removed_beside_the_lock_of_backups(path: Path) -> None:
    assert list(_unguarded(ast.parse(path.read_text()), guarded=False)) == []


def test_there_are_removals_to_look_at() -> None:
    assert any("store.remove(" in path.read_text() for path in SOURCES)


def _unguarded(node: ast.AST, *, guarded: bool) -> Iterator[int]:
    """The lines on which a store is told to remove something outside of `async with removing(…)`."""
    if isinstance(node, ast.Call) and not guarded and _removes(node):
        yield node.lineno
    guarded = guarded or (isinstance(node, ast.AsyncWith) and any(_is_guard(item) for item in node.items))
    for child in ast.iter_child_nodes(node):
        yield from _unguarded(child, guarded=guarded)


def _removes(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and ast.unparse(call.func).endswith("store.remove")


def _is_guard(item: ast.withitem) -> bool:
    return isinstance(item.context_expr, ast.Call) and ast.unparse(item.context_expr.func) == "removing"
