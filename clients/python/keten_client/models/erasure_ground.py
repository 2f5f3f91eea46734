from enum import StrEnum


class ErasureGround(StrEnum):
    REQUEST_OF_THE_PERSON = "request-of-the-person"
    RETENTION_ENDED = "retention-ended"

    def __str__(self) -> str:
        return str(self.value)
