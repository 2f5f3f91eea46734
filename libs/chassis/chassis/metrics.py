"""What this process counts and measures, for Prometheus. A label is a name or a code of ours: never an id of anybody, and
nothing that a client can choose."""

from typing import Any

from prometheus_client import Counter, Gauge, Histogram, start_http_server

# From what nobody notices to what nobody waits for (seconds).
_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_INSTANT = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1)
_SLOW = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)

REQUEST = Histogram(
    "keten_request_seconds",
    "How long requests took, by the template of their route.",
    ["service", "route", "method", "status"],
    buckets=_QUICK,
)
DECISION = Histogram(
    "keten_decision_seconds",
    "How long the policy took to decide, and what: allowed, denied or unavailable.",
    ["service", "package", "outcome"],
    buckets=_INSTANT,
)
UNCONFIRMED = Counter(
    "keten_restrictions_unconfirmed",
    "Answers that access was taken away, before every service had confirmed it (202).",
    ["service"],
)

PUBLISHED = Counter("keten_published", "Events that the log has taken.", ["service"])
RELAY_INTERRUPTED = Counter("keten_relay_interruptions", "How often the relay had to begin anew.", ["service"])
HEARD = Counter("keten_heard", "Events that were taken in.", ["service"])
CONSUMER_INTERRUPTED = Counter("keten_consumer_interruptions", "How often the consumer had to begin anew.", ["service"])

CHUNK = Histogram(
    "keten_chunk_seconds",
    "How long chunks of long work ran, and how they ended: done, put-off, failed or interrupted.",
    ["service", "kind", "outcome"],
    buckets=_SLOW,
)
MAIL = Histogram(
    "keten_mail_seconds", "How long mails took, by step: render, deliver.", ["service", "step"], buckets=_SLOW
)

CONTENT_MISSING = Counter(
    "keten_content_missing", "Reads of photos and files that the object store did not have.", ["service"]
)

OUTBOX_ROWS = Gauge("keten_outbox_rows", "Events that wait for the relay.", ["service"])
OUTBOX_AGE = Gauge("keten_outbox_age_seconds", "Age of the event that waits longest for the relay.", ["service"])
LAG_RECORDS = Gauge("keten_consumer_lag_records", "Records on the log that were not read yet.", ["service"])
LAG_SECONDS = Gauge(
    "keten_consumer_lag_seconds",
    "Since when nothing was heard of the stalest stream; received access ends by it.",
    ["service"],
)
DEAD_LETTERS = Gauge("keten_dead_letters", "Events that are parked.", ["service"])
PARKED_KEYS = Gauge("keten_parked_keys", "Keys that wait behind an event which could not be handled.", ["service"])
CHUNKS = Gauge("keten_chunks", "Chunks of long work, by kind and state.", ["service", "kind", "state"])
CHUNK_OVERDUE = Gauge(
    "keten_chunk_overdue_seconds", "Since when the oldest chunk could be worked on and is not.", ["service"]
)
UNSEALED_LINES = Gauge(
    "keten_access_log_unsealed_lines", "Lines of the access log that are not chained yet.", ["service"]
)
UNSEALED_AGE = Gauge(
    "keten_access_log_unsealed_seconds", "Age of the oldest line that is not chained yet.", ["service"]
)
BACKUP_AGE = Gauge(
    "keten_backup_age_seconds",
    "What was done since would be lost with the disk: the age of the last point of a backup that is followed.",
    ["service"],
)
CONNECTIONS = Gauge("keten_pool_connections", "Database connections in use.", ["service", "role"])
POOL_SIZE = Gauge("keten_pool_size", "Database connections that there may be.", ["service", "role"])
MEASURED = Gauge("keten_measured", "Whether the database could be asked for what is measured in it.", ["service"])


def begin(service: str) -> None:
    """Show at nought what is counted when something goes wrong: a count that begins at one has not grown, and nobody is
    told of it."""
    for counter in (UNCONFIRMED, RELAY_INTERRUPTED, CONSUMER_INTERRUPTED, CONTENT_MISSING):
        counter.labels(service)


def watch_pool(service: str, role: str, pool: Any) -> None:
    """Show how much of a pool (SQLAlchemy's) is in use."""
    CONNECTIONS.labels(service, role).set_function(pool.checkedout)
    POOL_SIZE.labels(service, role).set_function(pool.size)


def serve(address: str) -> None:
    """Show them at `host:port`, from a thread of its own: also while the loop stands still. Raises OSError when the port is
    taken."""
    host, _, port = address.rpartition(":")
    start_http_server(int(port), host)
