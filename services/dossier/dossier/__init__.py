"""Client groups, clients and their dossiers.

Owns groups of clients and who of the account reaches them; clients, their dossiers and all that is written in them; the
access log of a dossier as a person reads it. Publishes what became of groups, group access and dossiers, and that
something was written (never what). Consumes who is who (identity) and what was shared with whom (sharing).
"""

import chassis  # noqa: F401 - first of all: see there
