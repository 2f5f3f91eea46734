"""Owns accounts, users and sign-in (OpenID Connect). Publishes accounts, users and ended sessions; names on the private
topic only. Consumes nothing: what it decides by is its own."""

import chassis  # noqa: F401 - first of all: see there
