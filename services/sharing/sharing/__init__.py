"""Sharing owns levels and grants: who in another account reaches a dossier, how far, why and until when.

Publishes level-defined and grant-given, -changed, -withdrawn, -left. Consumes accounts, users, dossiers and group access.
"""

import chassis  # noqa: F401 - first of all: see there
