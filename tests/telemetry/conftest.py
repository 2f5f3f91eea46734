"""What takes the platform's traces, in both its shapes, and what else there is to read of what it says."""

import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import yaml

from keten.place import CHECKOUT
from keten.running import metrics_pages
from tests import stack
from tests.canaries import Read, lines
from tests.e2e.operating import Operator
from tests.e2e.people import Founder, Platform, place_of
from tests.stack import Stack
from tests.telemetry.spans import Span, spans_of

COLLECTOR = Path(__file__).with_name("collector.py")

# What shows metrics in containers, and where.
_PROMETHEUS = yaml.safe_load((CHECKOUT / "deploy/telemetry/prometheus.yml").read_text())
_PAGES = [
    f"http://{target}/metrics"
    for job in _PROMETHEUS["scrape_configs"]
    for target in job["static_configs"][0]["targets"]
]
# Python in an image of the platform's, as its processes run.
PYTHON = ["--user", "10001", "--entrypoint", "python"]

_FETCH = "import sys, urllib.request as web; [print(web.urlopen(url).read().decode()) for url in sys.argv[1:]]"


@dataclass(frozen=True)
class Seen:
    """What can be read of a platform from outside: logs, metrics and traces. `plant` writes a line into a log of its own."""

    logs: Callable[[], Iterable[Read]]
    metrics: Callable[[], str]
    traces: Callable[[], str]
    plant: Callable[[str], None]

    def spans(self) -> list[Span]:
        return spans_of(self.traces().splitlines())

    def everything(self) -> Iterator[Read]:
        yield from self.logs()
        yield from lines("metrics", self.metrics().encode())
        yield from lines("traces", self.traces().encode())


@pytest.fixture
async def organisations(platform: Platform) -> AsyncIterator[Founder]:
    async with Founder(platform) as founder:
        yield founder


@pytest.fixture
def operator(platform: Platform, tmp_path: Path) -> Operator:
    return Operator(platform, tmp_path)


@pytest.fixture
def seen(platform: Platform) -> Iterator[Seen]:
    """Takes the platform's traces from now on."""
    if platform.data is None and platform.secrets is None:
        pytest.skip("what the platform at KETEN_URL says of itself cannot be read here")
    with _in_containers(stack.shared()) if platform.data is None else _on_one_machine(platform) as watched:
        yield watched


@contextmanager
def _on_one_machine(platform: Platform) -> Iterator[Seen]:
    place = place_of(platform)
    with tempfile.NamedTemporaryFile() as taken:
        collector = subprocess.Popen([sys.executable, str(COLLECTOR), str(platform.traces)], stdout=taken)
        try:
            yield Seen(
                lambda: (read for path in sorted(place.logs.iterdir()) for read in lines(path.name, path.read_bytes())),
                lambda: "\n".join(httpx.get(page).text for page in metrics_pages(place)),
                lambda: Path(taken.name).read_text(),
                lambda word: _append(place.logs / "services.log", word),
            )
        finally:
            collector.terminate()
            collector.wait()


@contextmanager
def _in_containers(shared: Stack) -> Iterator[Seen]:
    name, network = f"{shared.project}-collector-of-tests", ["--network", shared.network_name("data")]
    mounted = ["--volume", f"{COLLECTOR}:/collector.py:ro", "--network-alias", "collector"]
    shared.beside(name, *network, *PYTHON, *mounted, f"keten:{shared.tag}", "/collector.py", "4318")
    try:
        yield Seen(
            lambda: lines("docker compose logs", shared.compose("logs", "--no-color").encode()),
            lambda: metrics_in_containers(shared, *_PAGES),
            lambda: shared.logs(name),
            lambda word: _said_by(shared, word),
        )
    finally:
        shared.kill(name)


def metrics_in_containers(shared: Stack, *pages: str) -> str:
    """What these show, asked for beside them."""
    network = ["--network", shared.network_name("data")]
    return _ran(["docker", "run", "--rm", *network, *PYTHON, f"keten:{shared.tag}", "-c", _FETCH, *pages])


def _append(log: Path, word: str) -> None:
    with log.open("a") as file:
        file.write(f"{word}\n")


def _said_by(shared: Stack, word: str) -> None:
    shared.compose("exec", "-T", "identity-hear", "sh", "-c", f"echo {word} > /proc/1/fd/1")


def _ran(command: list[str]) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
