"""What a person can do, by noun. Each asks the policy first: nothing of a dossier is loaded before."""
