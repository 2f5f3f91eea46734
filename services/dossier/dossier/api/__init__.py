"""HTTP in front of the dossier service, by noun."""

from dossier.api import access, clients, dossiers, groups, sections

ROUTERS = [groups.router, clients.router, dossiers.router, *sections.ROUTERS, access.router]
