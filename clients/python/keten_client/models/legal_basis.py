from enum import StrEnum


class LegalBasis(StrEnum):
    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_DUTY = "legal-duty"
    TREATMENT = "treatment"
    VITAL_INTEREST = "vital-interest"

    def __str__(self) -> str:
        return str(self.value)
