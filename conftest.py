"""Databases for every test that asks for them; plugins may only be named here, at the root."""

import chassis  # noqa: F401 - first of all: see there

# isort: split
from chassis import database
from chassis.memory import settle

pytest_plugins = ["chassis.testing.databases", "chassis.testing.engines"]

# A machine that runs all of them at once may stand still for longer than a database is waited for where people wait.
database.CONNECTING = 60.0


def pytest_collection_finish() -> None:
    """Thousands of tests are loaded by now, and stay."""
    settle()
