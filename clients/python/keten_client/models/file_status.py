from enum import StrEnum


class FileStatus(StrEnum):
    AWAITED = "awaited"
    KEPT = "kept"
    REMOVED = "removed"

    def __str__(self) -> str:
        return str(self.value)
