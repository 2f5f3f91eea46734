"""The running platform, in both its shapes: on one machine, started with the same command as anybody's, and in containers.
Or only the one that KETEN_URL names (its mail: KETEN_MAIL_URL).

Each worker of pytest-xdist starts its own on one machine: a journey that kills processes must not meet the tests of another.
The containers are shared by all workers. Files stay whole (`--dist loadfile`), so that what a module shares is made once."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import Scheduling

from chassis.postgres import free_port
from tests import stack
from tests.e2e.people import Platform
from tests.queues import Queues
from tests.stillness import Stillness

ONE_MACHINE, COMPOSE, GIVEN = "one machine", "compose", "KETEN_URL"


_STILLNESS = Stillness()


def pytest_sessionstart(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        _STILLNESS.start()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if found := _STILLNESS.end():
        terminalreporter.section("the machine stood still")
        for line in found:
            terminalreporter.line(line)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever uses the platform runs on both shapes; a module that says `SHAPES` runs on those."""
    if "platform" in metafunc.fixturenames:
        shapes = getattr(metafunc.module, "SHAPES", (ONE_MACHINE, COMPOSE))
        given = [GIVEN] if "KETEN_URL" in os.environ and len(shapes) > 1 else shapes
        metafunc.parametrize("platform", given, indirect=True, scope="session")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    return Queues(config, log) if config.option.dist == "loadfile" else None


def pytest_collection_finish(session: pytest.Session) -> None:
    """The containers take a while; meanwhile the other tests run."""
    if any(_uses_stack(item) for item in session.items) and not session.config.option.collectonly:
        stack.begin()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Tests use the containers side by side, but for those that stop some: `compose up` beside these would start anew what
    they changed."""
    if not _uses_stack(item) or stack.is_out_of_reach():
        return (yield)
    with stack.used(alone="stack_alone" in getattr(item, "fixturenames", ())):
        return (yield)


@pytest.fixture(scope="session")
def platform(request: pytest.FixtureRequest) -> Iterator[Platform]:
    if request.param == GIVEN:
        yield Platform(os.environ["KETEN_URL"].rstrip("/"), None, mail=os.environ.get("KETEN_MAIL_URL"))
    elif request.param == COMPOSE:
        shared = stack.shared()
        yield Platform(shared.url, None, mail=shared.mail_url, secrets=shared.secrets)
    else:
        yield from _one_machine()


def _one_machine() -> Iterator[Platform]:
    data = Path(tempfile.mkdtemp(prefix="keten-e2e-"))
    data.chmod(0o755)
    # Nobody takes its traces but the tests that look at them; that must not matter to anybody.
    url, traces = f"http://127.0.0.1:{free_port()}", free_port()
    started = Platform(url, data / "data", secrets=data / "data/secrets", traces=traces)
    try:
        ran = started.keten("up")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        yield started
    finally:
        started.keten("down")
        shutil.rmtree(data, ignore_errors=True)


def _uses_stack(item: pytest.Item) -> bool:
    given = getattr(item, "callspec", None)
    return not {"stack_alone", "stack_beside"}.isdisjoint(getattr(item, "fixturenames", ())) or (
        given is not None and COMPOSE in given.params.values()
    )
