"""The platform's topics on Kafka: two per service, and the heads. Made once, before anything is stated."""

from collections.abc import Sequence

from chassis import kafka_topics
from contracts.services import private_topic, topic


async def create_topics(servers: str, services: Sequence[str], *, replication: int, suffix: str = "") -> None:
    """Make the topics that are missing. Can be repeated."""
    names = [name for service in services for name in (topic(service), private_topic(service))]
    await kafka_topics.create_topics(servers, names, replication=replication, suffix=suffix)
