"""How a service runs. Knows no business noun."""

import sys

# Loaded after greenlet (and so after SQLAlchemy), the policy interpreter never gives its memory back: 42 KB a decision
# (regopy 1.5, greenlet 3.5). Loaded before it, it does. So every entry point imports this package first.
if "greenlet" in sys.modules and "regopy" not in sys.modules:
    raise ImportError(
        "Import chassis before SQLAlchemy: the policy interpreter leaks when it is loaded after greenlet."
    )

import regopy  # noqa: F401
