from enum import StrEnum


class MailState(StrEnum):
    DROPPED = "dropped"
    FAILED = "failed"
    SENT = "sent"
    WAITING = "waiting"

    def __str__(self) -> str:
        return str(self.value)
