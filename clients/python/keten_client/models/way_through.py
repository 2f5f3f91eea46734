from enum import StrEnum


class WayThrough(StrEnum):
    ACCOUNT_ROLE = "account-role"
    GRANT = "grant"
    GROUP_ACCESS = "group-access"

    def __str__(self) -> str:
        return str(self.value)
