from enum import StrEnum


class Retention(StrEnum):
    HANDED_OVER = "handed-over"
    NOTHING_TO_KEEP = "nothing-to-keep"

    def __str__(self) -> str:
        return str(self.value)
