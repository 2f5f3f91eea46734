"""The kinds of long work that take away who somebody was."""

from typing import Final

# Of one user or service account; and of an account, which then does it for each of its users.
ERASURE: Final = "user-erasure"
ENDING: Final = "account-ending"
