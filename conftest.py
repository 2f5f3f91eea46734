"""Databases for every test that asks for them; plugins may only be named here, at the root."""

import chassis  # noqa: F401 - first of all: see there

pytest_plugins = ["chassis.testing.databases", "chassis.testing.engines"]
