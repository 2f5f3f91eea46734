"""The `keten` command: the platform on one machine."""
