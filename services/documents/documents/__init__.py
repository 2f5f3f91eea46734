"""Documents owns mail and files: what was mailed to whom and why, and the files that stand in dossiers.

Publishes file-added, file-removed. Consumes what was shared, mail that identity asks for, and who may do what.
"""

import chassis  # noqa: F401 - first of all: see there
