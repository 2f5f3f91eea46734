"""Mail that waited when a backup was made, and that its restore held: sent when an operator says so."""

import asyncio
from datetime import UTC, datetime

from chassis import operators
from chassis.database import engine, sessions
from chassis.databases import Databases
from chassis.operators import Deed, Operator
from chassis.settings import Settings
from contracts.operators import OperatorAction
from documents import restored


def main(settings: Settings, operator: Operator) -> int:
    """Let it be sent by the workers; each mail is looked at again, as any is before it leaves."""
    sent = asyncio.run(_send(Databases.of(settings), operator))
    print(f"{sent} mails that were held are on their way." if sent else "No mail is held.")
    return 0


async def _send(databases: Databases, operator: Operator) -> int:
    worker, now = engine(databases.url("documents", "worker"), size=1), datetime.now(UTC)
    try:
        async with sessions(worker)() as session, session.begin():
            sent = await restored.send_held(session, now=now)
            deed = Deed(OperatorAction.BACKUP_RESTORE, told={"sent": str(sent)})
            await operators.write(session, operator, [deed], at=now)
        return sent
    finally:
        await worker.dispose()
