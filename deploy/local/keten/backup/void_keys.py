"""Keys whose every signature is void once a backup was restored: what they signed rests on a state that is no more."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from chassis.key_rotation import changing

# Tokens may have been revoked since, links used, and positions name what was lost.
VOID: Final = ("tokens", "positions", "links", "reading", "peers")


def rotate(secrets: Path) -> None:
    """Nothing that was signed before opens anything any more."""
    for purpose in VOID:
        with changing(secrets, purpose) as change:
            change.to = change.to.replaced(at=datetime.now(UTC))
