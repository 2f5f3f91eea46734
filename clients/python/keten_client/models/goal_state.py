from enum import StrEnum


class GoalState(StrEnum):
    DROPPED = "dropped"
    OPEN = "open"
    REACHED = "reached"

    def __str__(self) -> str:
        return str(self.value)
