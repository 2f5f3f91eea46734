from enum import StrEnum


class Verb(StrEnum):
    MANAGE = "manage"
    READ = "read"
    WRITE = "write"

    def __str__(self) -> str:
        return str(self.value)
