"""E-mail addresses: one person's address has one spelling here, however he types it (SHR-8)."""

from email_validator import EmailNotValidError, validate_email

__all__ = ["EmailNotValidError", "normal"]


def normal(address: str) -> str:
    """Trimmed, in one case and one Unicode form. Raises EmailNotValidError; whether it can receive mail is not asked."""
    return validate_email(address.strip(), check_deliverability=False).normalized.casefold()
