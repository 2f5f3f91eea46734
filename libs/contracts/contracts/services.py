"""The one place that lists the services. A name here is a path behind the gateway, a database and a topic."""

SERVICES: tuple[str, ...] = ("identity", "dossier", "sharing", "documents")


def topic(service: str) -> str:
    """The topic of facts that a service states; kept."""
    return f"keten.{service}"


def private_topic(service: str) -> str:
    """The compacted topic with the latest personal content by key."""
    return f"keten.{service}.private"
