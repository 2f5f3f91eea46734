from enum import StrEnum


class DocumentsMailsListMailsWhose(StrEnum):
    ACCOUNT = "account"
    MINE = "mine"

    def __str__(self) -> str:
        return str(self.value)
