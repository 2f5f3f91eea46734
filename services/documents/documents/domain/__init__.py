"""Mails and files, and what may happen to them. No database, no clock, no HTTP."""
