from enum import StrEnum


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    OWNER = "owner"

    def __str__(self) -> str:
        return str(self.value)
