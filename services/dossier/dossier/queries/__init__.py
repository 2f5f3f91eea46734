"""What a person can ask, by noun. Each asks the policy first; lists put its scope into the SQL."""
