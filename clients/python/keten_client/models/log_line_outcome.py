from enum import StrEnum


class LogLineOutcome(StrEnum):
    ALLOWED = "allowed"
    DENIED = "denied"
    UNAVAILABLE = "unavailable"

    def __str__(self) -> str:
        return str(self.value)
