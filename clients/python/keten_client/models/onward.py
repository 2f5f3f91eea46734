from enum import StrEnum


class Onward(StrEnum):
    ANY = "any"
    NONE = "none"
    OWN_ORGANISATION = "own-organisation"

    def __str__(self) -> str:
        return str(self.value)
