"""What the platform refuses, as exceptions. `problem` says why: `type` for programs, `detail` for people."""

import httpx

from keten_client.models.problem import Problem


class Refused(Exception):
    """The platform did not do what was asked."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.type_}: {problem.detail}")
        self.problem = problem


class Invalid(Refused):
    """What was sent is not right; `problem.faults` are all faults at once."""


class Unauthenticated(Refused):
    """The access token is not valid, and a new one was not either."""


class Forbidden(Refused):
    """The thing is seen but this may not be done with it; `problem.reasons` say why."""


class NotFound(Refused):
    """There is no such thing, or whoever asks may not know of it."""


class Conflict(Refused):
    """A rule forbids this as things are now; `problem.type_` says which."""


class VersionStale(Refused):
    """It was changed since it was read: read it again and repeat the change."""


class VersionMissing(Refused):
    """A change says by `if_match` which version it changes."""


class TooMany(Refused):
    """Too often."""


class Unavailable(Refused):
    """It cannot be done right now, after several tries."""


class SignInRefused(Exception):
    """No token was given: the client or its secret is not right, or the session has ended."""


class JobFailed(Exception):
    """Work that was begun could not be done. `reasons` are codes, `details` sentences."""

    def __init__(self, reasons: list[str], details: list[str]) -> None:
        super().__init__("; ".join(details or reasons))
        self.reasons, self.details = reasons, details


_KINDS: dict[int, type[Refused]] = {
    400: Invalid,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: VersionStale,
    428: VersionMissing,
    429: TooMany,
}


def is_away(response: httpx.Response) -> bool:
    """Whether the platform could not answer. A gateway that has just started knows no path yet, and says so in its own
    words: that is no answer of the platform about what is there."""
    return response.status_code == httpx.codes.SERVICE_UNAVAILABLE or (
        response.status_code == httpx.codes.NOT_FOUND and not _is_problem(response)
    )


def refusal(response: httpx.Response) -> Refused:
    """What an answer that is no success says. A gateway of another make may not speak of problems."""
    if _is_problem(response):
        problem = Problem.from_dict(response.json())
    else:
        said = response.reason_phrase
        problem = Problem(type_="about:blank", title=said, detail=said, status=response.status_code)
    if is_away(response):
        return Unavailable(problem)
    return _KINDS.get(response.status_code, Refused)(problem)


def _is_problem(response: httpx.Response) -> bool:
    return bool(response.headers.get("Content-Type", "").startswith("application/problem+json"))
