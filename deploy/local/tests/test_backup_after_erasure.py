"""A backup copies files as they are: it waits for what was erased to leave them, and says where it still is."""

from collections.abc import Callable

import pytest

from chassis.databases import Databases
from contracts.services import SERVICES
from keten.backup.telling import let_erasures_end

ERASED = "insert into public.erased (id, at) values (gen_random_uuid(), now() - interval '1 minute')"


async def test_it_is_told_where_something_erased_is_still_on_the_disk(
    fresh_databases: Callable[..., Databases], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keten.backup.telling.REWRITTEN", 0.2)
    databases = fresh_databases(*SERVICES)
    async with databases.connected("dossier", "worker") as worker:
        await worker.execute(ERASED)

        assert await let_erasures_end(databases) == ["dossier"]

        await worker.execute("update public.erased set rewritten_at = now()")
        assert await let_erasures_end(databases) == []
