"""What sharing hears: who may do what (libs/access keeps that), its own facts included."""

from access.handlers import HANDLERS

__all__ = ["HANDLERS"]
