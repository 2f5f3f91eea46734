"""Looking at what stands in Kafka, as nobody's member: from a moment on, the last so many, or all of it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.kafka_subscription import BATCH, PATIENCE, records_of
from chassis.log import Standing


async def begin(
    reader: AIOKafkaConsumer, partitions: Sequence[TopicPartition], *, since: datetime | None, last: int | None
) -> Mapping[TopicPartition, int]:
    """Where to begin in each partition: at the first record `since` a moment, with the `last` so many, or with the first."""
    first: Mapping[TopicPartition, int] = await reader.beginning_offsets(partitions)
    if since is None and last is None:
        return first
    ends = await reader.end_offsets(partitions)
    if last is not None:
        return {one: max(first[one], end - last) for one, end in ends.items()}
    assert since is not None
    found = await reader.offsets_for_times(dict.fromkeys(partitions, int(since.timestamp() * 1000)))
    return {one: ends[one] if (told := found.get(one)) is None else told.offset for one in partitions}


async def standing(
    reader: AIOKafkaConsumer,
    begin: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int] | None,
    *,
    suffix: str,
) -> AsyncIterator[Sequence[Standing]]:
    """What stands between `begin` and `ends`; without ends for ever, with an empty sequence whenever nothing came."""
    for one, offset in begin.items():
        reader.seek(one, offset)
    while ends is None or await _before(reader, ends):
        found = await reader.getmany(timeout_ms=int(PATIENCE * 1000), max_records=BATCH)
        yield [
            Standing(record, f"{record.topic}/{message.partition}", message.offset, message.offset + 1)
            for one in sorted(found)
            for message, record in records_of(found[one], suffix=suffix)
            if ends is None or message.offset < ends[one]
        ]


async def _before(reader: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    for one, end in ends.items():
        if await reader.position(one) < end:
            return True
    return False
