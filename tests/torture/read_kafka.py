"""Runs inside a container that reaches Kafka: every record of every topic of services, one JSON object a line."""

import asyncio
import json
import os

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.kafka_publisher import PARTITIONS
from contracts.services import SERVICES, private_topic, topic


async def read() -> None:
    """From the first offset that is kept to what is the end now."""
    topics = [name for service in SERVICES for name in (topic(service), private_topic(service))]
    places = [TopicPartition(name, part) for name in topics for part in range(PARTITIONS)]
    reader = AIOKafkaConsumer(bootstrap_servers=os.environ["KETEN_KAFKA"], group_id=None, auto_offset_reset="earliest")
    reader.assign(places)
    await reader.start()
    try:
        ends = await reader.end_offsets(places)
        begins = await reader.beginning_offsets(places)
        left = {place for place in places if ends[place] > begins[place]}
        while left:
            for place, records in (await reader.getmany(*left, timeout_ms=1000, max_records=2000)).items():
                for record in records:
                    if record.offset < ends[place]:
                        tell(place, record)
                if await reader.position(place) >= ends[place]:
                    left.discard(place)
    finally:
        await reader.stop()


def tell(place: TopicPartition, record: object) -> None:
    try:
        body = json.loads(record.value)  # type: ignore[attr-defined]
    except ValueError:  # another test put it there
        return
    told = {
        "place": f"{place.topic}/{place.partition}",
        "offset": record.offset,  # type: ignore[attr-defined]
        "key": record.key.decode().partition("/")[0],  # type: ignore[attr-defined]
        "id": body["id"],
        "type": body["type"],
        "body": record.value.decode(),  # type: ignore[attr-defined]
    }
    print(json.dumps(told))


asyncio.run(read())
