"""HTTP in front of mails and files. A route parses, calls one command or query, and renders."""

from documents.api import files, mails

ROUTERS = (mails.router, files.router)

__all__ = ["ROUTERS"]
