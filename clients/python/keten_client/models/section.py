from enum import StrEnum


class Section(StrEnum):
    DOCUMENTS = "documents"
    MEDICAL = "medical"
    MEMBERS = "members"
    PLAN = "plan"
    PROFILE = "profile"
    REPORTS = "reports"
    TASKS = "tasks"

    def __str__(self) -> str:
        return str(self.value)
