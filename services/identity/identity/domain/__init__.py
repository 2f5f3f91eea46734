"""What identity is about, by noun. No database, no clock, no HTTP."""
