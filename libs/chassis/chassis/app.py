"""The app of one service: its routes at the edge, refusals as problem+json, and an OpenAPI document that says so."""

from collections.abc import Collection, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic.alias_generators import to_camel
from sqlalchemy import text
from starlette.exceptions import HTTPException

from chassis import language as languages
from chassis.edge import POSITION, RESTRICTING, Edge, Runtime
from chassis.middleware import BodyLimit, BodyLimits, Envelope, SignedIn, problem_response
from chassis.openapi import document
from chassis.problems import Invalid, MethodNotAllowed, NotFound, Refusal, Unexpected
from chassis.tokens import TokenReader
from chassis.watching import Watched

VERSION = "1.0.0"

# Open to the world on every service: what a program needs before it can sign in, and what an operator watches.
OPEN = (("GET", "/openapi.json"), ("GET", "/livez"), ("GET", "/readyz"))

# All at once, as far as a person would read; more only makes a small request into a large answer.
MOST_FAULTS = 100


class InputInvalid(Invalid):
    """Some of what was sent is not right; `faults` says what, all at once."""

    nl = "Een deel van wat is opgestuurd klopt niet; bij `faults` staat wat, alles in één keer."


def create_app(
    *,
    title: str,
    description: str,
    runtime: Runtime,
    reader: TokenReader,
    routers: Sequence[APIRouter],
    open_to_all: Collection[tuple[str, str]] = (),
    body_limits: BodyLimits | None = None,
) -> FastAPI:
    """An app that answers as DESIGN §8 says, whatever its routes do. `open_to_all` are (method, path) without sign-in,
    `body_limits` those that take more than others."""
    app = FastAPI(
        title=title,
        description=description,
        version=VERSION,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    app.state.runtime = runtime
    prefix = f"/{runtime.service}/v1"
    for router in routers:
        app.include_router(router)
    app.include_router(_health(app, prefix, {*OPEN, *open_to_all}))
    app.add_exception_handler(Refusal, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse_input)
    app.add_exception_handler(HTTPException, _refuse_route)
    app.add_middleware(BodyLimit, own=body_limits)
    app.add_middleware(SignedIn, reader=reader, open_to_all={*OPEN, *open_to_all})
    app.add_middleware(Envelope, version=VERSION)
    app.add_middleware(Watched, service=runtime.service)
    return app


def router(tag: str) -> APIRouter:
    """A router whose every route runs at the edge."""
    return APIRouter(route_class=Edge, tags=[tag])


def _operation_id(route: APIRoute) -> str:
    """The tag and the function's name in one word: `clientGroupsRenameGroup`."""
    return to_camel("_".join([*map(str, route.tags), route.name]).replace("-", "_"))


def _health(app: FastAPI, prefix: str, open_paths: Collection[tuple[str, str]]) -> APIRouter:
    routes = APIRouter(tags=["service"])

    @routes.get("/openapi.json", include_in_schema=False)
    async def openapi() -> dict[str, Any]:
        return document(app, prefix=prefix, open_to_all=open_paths)

    @routes.get("/livez", include_in_schema=False)
    async def livez() -> dict[str, str]:
        """Whether the process runs."""
        return {"status": "alive"}

    @routes.get("/readyz", include_in_schema=False)
    async def readyz(request: Request) -> Response:
        """Whether the service can answer: its database does."""
        runtime: Runtime = request.app.state.runtime
        try:
            async with runtime.made() as session:
                await session.execute(text("select 1"))
        except Exception:  # whatever keeps it from answering: that it does not is the answer
            return Response('{"status":"not-ready"}', 503, media_type="application/json")
        return Response('{"status":"ready"}', media_type="application/json")

    return routes


async def _refuse(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return problem_response(refusal, request.headers.get("accept-language"))


async def _refuse_input(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, RequestValidationError)
    accept = request.headers.get("accept-language")
    tongue = languages.language(accept)
    faults = [
        {
            "location": ".".join(str(part) for part in fault["loc"]),
            "code": fault["type"],
            "message": languages.fault(fault["type"], tongue),
        }
        for fault in refusal.errors()[:MOST_FAULTS]
    ]
    return problem_response(InputInvalid(faults=faults), accept)


async def _refuse_route(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, HTTPException)
    told: dict[int, Refusal] = {400: Invalid(), 404: NotFound(), 405: MethodNotAllowed()}
    answer = problem_response(told.get(refusal.status_code, Unexpected()), request.headers.get("accept-language"))
    for name, value in (refusal.headers or {}).items():
        answer.headers[name] = value
    return answer


__all__ = ["POSITION", "RESTRICTING", "create_app", "router"]
