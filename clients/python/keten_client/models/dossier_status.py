from enum import StrEnum


class DossierStatus(StrEnum):
    ARCHIVED = "archived"
    OPEN = "open"

    def __str__(self) -> str:
        return str(self.value)
