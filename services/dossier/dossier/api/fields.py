"""The shapes of what people type, and what all routes of sections do."""

from typing import Annotated, Any

from fastapi import Response
from pydantic import StringConstraints

from chassis.edge import etag
from chassis.models import Model
from dossier.queries.written import Written

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


def sent(change: Model) -> dict[str, Any]:
    """The members of a change that were sent."""
    return {name: getattr(change, name) for name in change.model_fields_set}


def tell_version(response: Response, written: Written) -> None:
    response.headers.update(etag(written.version, written.author, written.editor))


def tell_new(response: Response, written: Written, path: str) -> None:
    """Where what was just made is found, and its version."""
    response.headers["Location"] = f"/dossier/v1/{path}/{written.id}"
    tell_version(response, written)
