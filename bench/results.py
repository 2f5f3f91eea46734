"""The page of results: each bench owns one part of it and writes it anew as a whole."""

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parent / "RESULTS.md"

_HEAD = """# Results

Each part is one run on one machine; ratios are of medians within that run. `python -m bench.<part> --write` renews a part.
"""


def write_part(title: str, text: str) -> None:
    """Replace the part with this title, or add it at the end; the date and the machine are put above the text."""
    page = PAGE.read_text() if PAGE.exists() else _HEAD
    part = f"## {title}\n\n{_where()}\n\n{text.strip()}\n"
    found = re.search(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    page = page[: found.start()] + part + "\n" + page[found.end() :] if found else f"{page.rstrip()}\n\n{part}"
    PAGE.write_text(page.rstrip() + "\n")


def _where() -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, on {commit.stdout.strip() or 'no commit'} and after; {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, load before {os.getloadavg()[0]:.1f}."
    )
