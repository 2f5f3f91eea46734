"""Which driver stands behind each seam, by the settings. Nothing else knows in which shape it runs."""

from chassis.databases import Databases
from chassis.decisions import DecisionPoint, EmbeddedRego
from chassis.log import OperatedLog
from chassis.log_postgres import PostgresLog
from chassis.objects import ObjectStore
from chassis.objects_directory import DirectoryObjects
from chassis.settings import Settings


def event_log(settings: Settings) -> OperatedLog:
    """Kafka, or a database of its own."""
    if settings.kafka is not None:
        from chassis.log_kafka import KafkaLog  # a client that one machine has no use for

        return KafkaLog(settings.kafka, instance=settings.instance, suffix=settings.database_suffix)
    return PostgresLog(Databases.of(settings).dsn("log", "service"))


def decision_point(settings: Settings) -> DecisionPoint:
    """OPA, or the same policies in this process."""
    if settings.opa is not None:
        from chassis.decisions_opa import Opa  # loads two HTTP clients, which one machine has no use for
        from chassis.policy_bundle import revision_of

        return Opa(str(settings.opa), own=revision_of(settings.policies))
    return EmbeddedRego(settings.policies)


class ObjectStoreMissing(Exception):
    """No object store is named: set KETEN_S3, or KETEN_OBJECTS."""


def object_store(settings: Settings) -> ObjectStore:
    """A bucket of an S3, or a directory. Raises `ObjectStoreMissing`."""
    if settings.s3 is not None:
        from chassis.objects_s3 import S3Objects  # a client that one machine has no use for

        return S3Objects.of(str(settings.s3), settings.secrets)
    if settings.objects is None:
        raise ObjectStoreMissing("No object store is named: set KETEN_S3, or KETEN_OBJECTS.")
    return DirectoryObjects(settings.objects)
