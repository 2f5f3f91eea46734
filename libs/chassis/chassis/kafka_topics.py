"""The topics of a platform on Kafka: facts are kept, private content is compacted, and so are the heads."""

import asyncio
from collections.abc import Sequence

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from chassis.kafka_cluster import Cluster
from chassis.kafka_publisher import HEADS, PARTITIONS

_MINUTE, _DAY = 60_000, 24 * 60 * 60_000

# A broker that has only just started, on a machine that starts everything else, takes its time (seconds).
_PATIENCE = 180.0

# More than any request may carry: no record is too large to be published (bytes).
_LARGEST = 4 * 1024 * 1024

_KEPT = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}

# A position may name what was said up to ten minutes ago, and whoever shows it waits for that very event. A file is closed a
# day after it was begun, once something follows, and then what was said before is gone from it at once (`unsaying`); who
# reads more slowly than the tombstones are kept would never hear of them.
_COMPACTED = {
    "cleanup.policy": "compact",
    "min.cleanable.dirty.ratio": "0.1",
    "min.compaction.lag.ms": str(10 * _MINUTE),
    "max.compaction.lag.ms": str(_DAY),
    "delete.retention.ms": str(7 * _DAY),
}

# Said anew every few seconds: kept short, for every reader begins by reading them.
_HEADS = _COMPACTED | {
    "segment.ms": str(10 * _MINUTE),
    "min.compaction.lag.ms": str(_MINUTE),
    "max.compaction.lag.ms": str(10 * _MINUTE),
}


class TopicDiffers(Exception):
    """A topic has another number of partitions than keys are spread over; their order would be lost."""


async def create_topics(servers: str, topics: Sequence[str], *, replication: int, suffix: str = "") -> None:
    """Make what is missing of these topics and of the heads. Can be repeated; partitions are never added. When it
    returns, they can be written to.

    Raises `TopicDiffers` when a topic was made otherwise, and the client's errors when the brokers refuse."""
    safe = {"min.insync.replicas": str(max(1, replication - 1)), "max.message.bytes": str(_LARGEST)}
    wanted = [
        NewTopic(
            topic + suffix,
            1 if topic == HEADS else PARTITIONS,
            replication,
            topic_configs=(_HEADS if topic == HEADS else _COMPACTED if topic.endswith(".private") else _KEPT) | safe,
        )
        for topic in (*topics, HEADS)
    ]
    admin = AIOKafkaAdminClient(bootstrap_servers=servers, request_timeout_ms=30_000)
    try:
        await admin.start()
        made = await admin.create_topics(wanted)
        for name, code, told in made.topic_errors:
            if code not in (0, TopicAlreadyExistsError.errno):
                raise for_code(code)(f"{name}: {told}")
        await _check(admin, wanted)
    finally:
        await admin.close()
    await _led(servers, wanted)


async def _check(admin: AIOKafkaAdminClient, wanted: Sequence[NewTopic]) -> None:
    sizes = {
        told["topic"]: len(told["partitions"]) for told in await admin.describe_topics([one.name for one in wanted])
    }
    for one in wanted:
        # A topic just made may not be known everywhere yet; it was made as wanted.
        if sizes.get(one.name, 0) not in (0, one.num_partitions):
            raise TopicDiffers(f"{one.name} has {sizes[one.name]} partitions and needs {one.num_partitions}.")


async def _led(servers: str, wanted: Sequence[NewTopic]) -> None:
    """Wait until every partition has a leader that knows it: only then can they be written to."""
    cluster = Cluster(servers, patience=5)
    try:
        async with asyncio.timeout(_PATIENCE):
            while True:
                try:
                    await cluster.ends(TopicPartition(one.name, n) for one in wanted for n in range(one.num_partitions))
                except KafkaError as fault:
                    if not fault.retriable:
                        raise
                    await asyncio.sleep(0.05)
                else:
                    return
    finally:
        await cluster.close()
