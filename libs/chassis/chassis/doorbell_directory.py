"""Celery's file system transport, with messages that are there whole or not at all. Both of its folders are one."""

import os
from pathlib import Path
from queue import Empty
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):  # type: ignore[misc]
    """As kombu's own, whose reader may take a file that its writer has only begun, and which stops the reading worker."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:
        folder = Path(self.data_folder_out)
        unborn = folder / f".{os.getpid()}.unborn"
        unborn.write_text(dumps(payload))
        unborn.rename(folder / f"{uuid4()}.{queue}.msg")

    def _get(self, queue: str) -> Any:
        for message in Path(self.data_folder_in).glob(f"*.{queue}.msg"):
            try:
                content = message.read_text()
                message.unlink()
            except FileNotFoundError:
                continue  # another worker has it
            return loads(content)
        raise Empty


class Transport(filesystem.Transport):  # type: ignore[misc]
    Channel = Channel
