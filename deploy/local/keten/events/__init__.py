"""`keten events`: the event log and what services made of it, at an operator's hand, wherever the platform runs."""
