from enum import StrEnum


class GrantStatus(StrEnum):
    ENDED = "ended"
    LIVE = "live"

    def __str__(self) -> str:
        return str(self.value)
