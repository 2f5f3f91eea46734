"""Which driver stands behind each seam, by the settings. Nothing else knows in which shape it runs."""

from chassis.databases import Databases
from chassis.decisions import DecisionPoint, EmbeddedRego
from chassis.log import EventLog
from chassis.log_postgres import PostgresLog
from chassis.settings import Settings


def event_log(settings: Settings) -> EventLog:
    """Kafka, or a database of its own."""
    return PostgresLog(Databases.of(settings).dsn("log", "service"))


def decision_point(settings: Settings) -> DecisionPoint:
    """OPA, or the same policies in this process."""
    return EmbeddedRego(settings.policies)
