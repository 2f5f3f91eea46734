"""Holding what is there against what must be, row by row."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.torture.model import Model
from tests.torture.story import Difference

Rows = Mapping[str, Mapping[str, Any]]


def compared(check: str, model: Model, expected: Rows, found: Rows) -> list[Difference]:
    """Rows by their ids: what is missing, what is too much, and which members differ."""
    differences = []
    for id in sorted(expected.keys() | found.keys()):
        name, wanted, there = model.name_of(id.partition("|")[0]), expected.get(id), found.get(id)
        if wanted is None:
            differences.append(Difference(check, name, f"is there and must not be: {there}"))
        elif there is None:
            differences.append(Difference(check, name, f"is missing: {wanted}"))
        elif wrong := [key for key in wanted if wanted[key] != there.get(key)]:
            told = ", ".join(f"{key} is {there.get(key)!r} and must be {wanted[key]!r}" for key in wrong)
            differences.append(Difference(check, name, told))
    return differences


def by_id(rows: Iterable[Mapping[str, Any]], *, of: str = "id") -> dict[str, Mapping[str, Any]]:
    return {str(row[of]): row for row in rows}


def ids(values: Iterable[str]) -> str:
    """Ids as an SQL list; never empty."""
    return ", ".join(f"'{value}'" for value in values) or "'00000000-0000-0000-0000-000000000000'"


def accounts(model: Model) -> str:
    return ids(account.id for account in model.accounts.values())
