"""The processes of `bench.events`: relay and consumer, the platform's own and those of the plain loop."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from sqlalchemy import text

from access.handlers import remember_people
from bench.events import KAFKA, PLAIN, SERVICE, TOPIC, Setting
from chassis.consumer import Consumer
from chassis.database import engine, sessions
from chassis.log import EventLog
from chassis.log_kafka import KafkaLog
from chassis.log_postgres import PostgresLog
from chassis.memory import settle
from chassis.relay import Relay
from contracts.events import CloudEvent, Heard
from contracts.identity import UserChanged

# How long the plain loop sleeps when it found nothing (seconds).
POLL = 0.05


async def relay(setting: Setting) -> None:
    await _told_to_go()
    await Relay(SERVICE, setting.databases.dsn(SERVICE, "worker"), _log(setting), [TOPIC], heartbeat=5).run()


async def consumer(setting: Setting) -> None:
    made = sessions(engine(setting.databases.url(SERVICE, "worker"), size=3))
    await _told_to_go()
    await Consumer(SERVICE, made, _log(setting), {UserChanged: remember_people}).run()


async def plain_relay(setting: Setting) -> None:
    """One row at a time: read, send, wait, delete, commit."""
    connection = await asyncpg.connect(setting.databases.dsn(SERVICE, "worker"))
    producer = AIOKafkaProducer(bootstrap_servers=setting.kafka, enable_idempotence=True)
    await producer.start()
    await _told_to_go()
    while True:
        async with connection.transaction():
            row = await connection.fetchrow("select * from outbox order by seq limit 1 for update skip locked")
            if row is not None:
                key, body = str(row["key"]).encode(), row["body"].encode()
                await producer.send_and_wait(row["topic"] + setting.suffix, body, key)
                await connection.execute("delete from outbox where seq = $1", row["seq"])
        if row is None:
            await asyncio.sleep(POLL)


async def plain_consumer(setting: Setting) -> None:
    """One message at a time: read, handle in a transaction, commit, commit the offset."""
    made = sessions(engine(setting.databases.url(SERVICE, "worker"), size=1))
    reader = AIOKafkaConsumer(
        TOPIC + setting.suffix,
        bootstrap_servers=setting.kafka,
        group_id="plain",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await reader.start()
    await _told_to_go()
    async for message in reader:
        envelope = CloudEvent.model_validate_json(message.value)
        event = UserChanged.model_validate(envelope.data)
        async with made() as session, session.begin():
            new = await session.scalar(_SEEN, {"id": envelope.id, "type": envelope.type})
            if new is not None:
                await remember_people(session, [Heard(event, envelope.id, int(envelope.sequence), envelope.time)])
        await reader.commit()


_SEEN = text("insert into inbox (event_id, type) values (:id, :type) on conflict do nothing returning event_id")


def _log(setting: Setting) -> EventLog:
    if setting.way == KAFKA:
        return KafkaLog(setting.kafka, instance="bench", suffix=setting.suffix)
    return PostgresLog(setting.databases.dsn("log", "service"))


async def _told_to_go() -> None:
    settle()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)


PARTS: dict[str, dict[bool, Callable[[Setting], Awaitable[Any]]]] = {
    "relay": {True: plain_relay, False: relay},
    "consumer": {True: plain_consumer, False: consumer},
}

if __name__ == "__main__":
    part, told = sys.argv[1:]
    setting = Setting(**json.loads(told))
    asyncio.run(PARTS[part][setting.way == PLAIN](setting))  # type: ignore[arg-type]
