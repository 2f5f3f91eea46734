"""Levels and grants, and what may happen to them. No database, no clock, no HTTP."""
