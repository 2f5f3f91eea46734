"""What a person can do with accounts and users, by noun: load → authorize → decide → stage."""
