"""A point: one moment of a platform, and what it adds to the points before it. It travels as a tar, which ends with what the
point says of itself."""

import base64
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from chassis.kafka_copy import Message, Place

# Folders within the tar, and its last member.
WAL, OBJECTS, MAIL, LOG, SAID = "wal", "objects", "mail", "log", "point.json"


@dataclass(frozen=True)
class Point:
    """`name` stands in the log of the databases at `lsn`. `wal` are the parts of that log which came (file, offset, size);
    `gone` are objects and mails that were there before; `read` is how far each group had read the event log."""

    name: str
    at: datetime
    lsn: str
    wal: Sequence[tuple[str, int, int]]
    gone: Sequence[str] = ()
    read: Mapping[str, Mapping[Place, int]] = field(default_factory=dict)

    def printed(self) -> bytes:
        read = {group: [[*at, offset] for at, offset in places.items()] for group, places in self.read.items()}
        told = {"name": self.name, "at": self.at.isoformat(), "lsn": self.lsn, "wal": self.wal, "gone": self.gone}
        return json.dumps({**told, "read": read}).encode()

    @classmethod
    def parsed(cls, content: bytes) -> "Point":
        told: dict[str, Any] = json.loads(content)
        read = {group: {(t, p): offset for t, p, offset in places} for group, places in told["read"].items()}
        wal = [(name, offset, size) for name, offset, size in told["wal"]]
        return cls(told["name"], datetime.fromisoformat(told["at"]), told["lsn"], wal, told["gone"], read)


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    """A file of that name."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))


# Messages in one member; more of them are more memory, fewer more members.
TOGETHER: Final = 2000


def packed(messages: Sequence[Message]) -> bytes:
    """One line each."""
    rows = [
        [
            m.topic,
            m.partition,
            m.offset,
            m.timestamp,
            _text(m.key),
            _text(m.value),
            [[k, _text(v)] for k, v in m.headers],
        ]
        for m in messages
    ]
    return "\n".join(json.dumps(row) for row in rows).encode()


def unpacked(content: bytes) -> Sequence[Message]:
    rows = [json.loads(line) for line in content.splitlines()]
    return [
        Message(topic, partition, offset, timestamp, _bytes(key), _bytes(value), [(k, _held(v)) for k, v in headers])
        for topic, partition, offset, timestamp, key, value, headers in rows
    ]


def _text(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()


def _bytes(told: str | None) -> bytes | None:
    return None if told is None else base64.b64decode(told)


def _held(told: str) -> bytes:
    return base64.b64decode(told)
