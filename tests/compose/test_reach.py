"""Who reaches whom inside: what is not on a container's networks, or listens to itself alone, is not there for it."""

import pytest

from tests.e2e.waiting import PATIENCE, eventually
from tests.stack import Stack

CLOSED, OPEN = "closed", "open"

# Bash's own sockets; who catches mail has Node instead.
_BY_BASH = ["bash", "-c", 'timeout 3 bash -c "exec 3<>/dev/tcp/$0/$1" && echo open || echo closed']
_BY_NODE = [
    "node",
    "-e",
    "const [host, port] = process.argv.slice(1), end = said => { console.log(said); process.exit() };"
    "setTimeout(end, 3000, 'closed');"
    "require('net').connect(port, host).on('connect', () => end('open')).on('error', () => end('closed'))",
]


@pytest.mark.parametrize(
    ("container", "host", "port", "expected"),
    [
        ("dossier", "s3", 8333, OPEN),
        *(("dossier", "s3", port, CLOSED) for port in (8888, 9333, 8080, 18888)),
        ("dossier", "kafka", 9092, CLOSED),
        ("dossier", "mail", 1025, CLOSED),
        ("documents-work", "mail", 1025, OPEN),
        ("documents-work", "kafka", 9092, CLOSED),
        ("mail", "postgres", 5432, CLOSED),
        ("mail", "valkey", 6379, CLOSED),
        ("mail", "identity", 8001, CLOSED),
    ],
)
async def test_a_container_reaches_what_it_needs_and_nothing_else(
    container: str, host: str, port: int, expected: str, stack_beside: Stack
) -> None:
    ask = _BY_NODE if container == "mail" else _BY_BASH

    async def it_is_as_expected() -> None:
        assert stack_beside.compose("exec", "-T", container, *ask, host, str(port)).strip() == expected

    # An engine that a test before this one stopped may just be coming back. What is closed is closed at once.
    await eventually(it_is_as_expected, patience=PATIENCE if expected == OPEN else 0)
