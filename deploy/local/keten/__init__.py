"""The `keten` command: the platform on one machine."""

import chassis  # noqa: F401 - first of all: see there
