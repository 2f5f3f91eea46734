"""E-mail addresses: one person's address has one spelling here, however he types it (SHR-8)."""

from email_validator import EmailNotValidError, validate_email

__all__ = ["EmailNotValidError", "mailable", "normal"]


def normal(address: str) -> str:
    """Trimmed, in one case and one Unicode form. Raises EmailNotValidError, also for a name that only some mail servers
    know how to deliver to (RFC 6531); whether it can receive mail is not asked."""
    read = validate_email(address.strip(), check_deliverability=False, allow_smtputf8=False)
    # Not folded any further: ß is not ss in the name of a domain, and mail would go to another's.
    return read.normalized.lower()


def mailable(address: str) -> str:
    """As every mail server knows it: the domain in ASCII (RFC 5891)."""
    return validate_email(address, check_deliverability=False).ascii_email or address
