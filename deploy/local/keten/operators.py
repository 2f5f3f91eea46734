"""Who gives a command that touches what people entrusted to the platform, and why: the options that such commands share."""

import argparse
import getpass
import os
from typing import Final

from chassis.operators import Operator
from contracts.operators import REFERENCE, OperatorReason

# Who a command inside a container is given by; the machine there knows nobody.
NAME: Final = "KETEN_OPERATOR"

_HELP: Final = (
    "why; it is written to the access log. fault: something is mended; incident: a leak, an attack or an outage; request: "
    "by whom it is about; duty: the law or a supervisor; maintenance: planned work"
)


def ask_why(parser: argparse.ArgumentParser, *, required: bool = True, default: OperatorReason | None = None) -> None:
    """Add `--reason` and `--reference`; without a default the reason is `required` or may be left out."""
    codes = [reason.value for reason in OperatorReason]
    parser.add_argument(
        "--reason", choices=codes, required=required and default is None, default=default, metavar="CODE", help=_HELP
    )
    parser.add_argument(
        "--reference", type=_reference, metavar="TICKET", help="where the words stand: a ticket's number"
    )


def operator(given: argparse.Namespace) -> Operator:
    """Whoever gave this command, with what he said of why."""
    return Operator(name(), OperatorReason(given.reason), given.reference)


def name() -> str:
    """As the machine knows him; the number of his account where it has no name."""
    try:
        told = os.environ.get(NAME) or getpass.getuser()
    except (KeyError, OSError):
        told = str(os.getuid())
    return "".join(letter for letter in told if letter.isprintable())[:60]


def _reference(value: str) -> str:
    if REFERENCE.fullmatch(value) is None:
        raise argparse.ArgumentTypeError(
            "is the number of a ticket, such as INC-2041: no spaces, at most 40 characters"
        )
    return value
