"""What the dossier service is about, by noun. No database, no clock, no HTTP."""
