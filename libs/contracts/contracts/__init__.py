"""What services tell each other: events, ids, permission and right names, problem shapes. Pydantic only; no I/O."""
