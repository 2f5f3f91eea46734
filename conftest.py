"""Databases for every test that asks for them; plugins may only be named here, at the root."""

pytest_plugins = ["chassis.testing.databases"]
