"""The local page of kept mail: what the platform would have sent, newest first. For people in a browser, and for programs.

Runs as a file of its own on the standard library alone, so that looking at mail costs next to no memory. Whoever does not
know the key in its path sees nothing.
"""

import contextlib
import email
import hmac
import html
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

# As many as anybody scrolls through.
MOST: Final = 200

# A search is an address (bytes).
_LARGEST: Final = 4096

# The mail itself runs no script, loads nothing, and its links open elsewhere.
_OF_MAIL: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups allow-popups-to-escape-sandbox"
_OF_PAGE: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'"

_STYLE: Final = """
:root { color-scheme: light; font: 1rem/1.5 system-ui, sans-serif; color: #22302a; background: #f1f4f0; }
body { margin: 0 auto; max-width: 56rem; padding: 2rem 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; } a { color: #14532d; } h1 a { text-decoration: none; }
ol { background: #fff; border-radius: .7rem; list-style: none; margin: 0; padding: .5rem 1.2rem; }
li { border-bottom: 1px solid #e2e8e1; display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .6rem 0; }
li:last-child { border: 0; } li a { flex: 1 1 100%; font-weight: 600; text-decoration: none; }
small, dt { color: #5c6b63; } dl { display: grid; gap: 0 1rem; grid-template-columns: auto 1fr; } dd { margin: 0; }
iframe { background: #fff; border: 0; border-radius: .7rem; height: 46rem; width: 100%; }
pre { background: #fff; border-radius: .7rem; overflow-x: auto; padding: 1.2rem; white-space: pre-wrap; }
"""


@dataclass(frozen=True)
class Kept:
    """One mail, as it lies in the directory."""

    id: str
    to: str
    sender: str
    subject: str
    at: datetime
    text: str
    html: str

    def told(self) -> dict[str, str]:
        """For programs."""
        at = self.at.isoformat().replace("+00:00", "Z")
        return {"id": self.id, "to": self.to, "subject": self.subject, "at": at, "text": self.text, "html": self.html}


class Mails:
    """The directory. Each file is read once for who it is to; more only when it is looked at."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._to: dict[str, str] = {}

    def newest(self, to: str | None = None) -> list[Kept]:
        """The newest first; those to one address when it is given."""
        return list(self._found(to))

    def one(self, id: str) -> Kept | None:
        with contextlib.suppress(FileNotFoundError):
            return _read(self._folder / f"{id}.eml")
        return None

    def _found(self, to: str | None) -> Iterator[Kept]:
        there: list[tuple[float, Path]] = []
        for path in self._folder.glob("*.eml") if self._folder.is_dir() else ():
            with contextlib.suppress(FileNotFoundError):  # the oldest are forgotten meanwhile
                there.append((path.stat().st_mtime, path))
        shown = 0
        for _, path in sorted(there, reverse=True):
            with contextlib.suppress(FileNotFoundError):
                if to is None or self._address(path) == to.casefold():
                    yield _read(path)
                    shown += 1
            if shown == MOST:
                return

    def _address(self, path: Path) -> str:
        if path.name not in self._to:
            self._to[path.name] = _read(path).to.casefold()
        return self._to[path.name]


def serve(folder: Path, key: str, port: int) -> ThreadingHTTPServer:
    """The page on loopback, ready to `serve_forever`."""
    mails = Mails(folder)

    class Handler(_Handler):
        def __init__(self, *given: Any) -> None:
            self.mails, self.key = mails, key
            super().__init__(*given)

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    return server


class _Handler(BaseHTTPRequestHandler):
    mails: Mails
    key: str
    timeout = 10

    def do_GET(self) -> None:
        rest = self._path()
        if rest == ["mails.json"]:
            return self._json([mail.told() for mail in self.mails.newest()])
        if rest in ([], [""]):
            return self._page("Mail", _list(self.mails.newest(), self.key))
        mail = self.mails.one(rest[0]) if rest and _is_id(rest[0]) else None
        shown = {(): self._show, ("html",): self._show_html}.get(tuple(rest[1:])) if rest else None
        if mail is None or shown is None:
            return self._refuse(HTTPStatus.NOT_FOUND)
        return shown(mail)

    def do_POST(self) -> None:
        """`{"to": address}` finds the mails to that address; it stands in the body, as addresses are no part of a path."""
        length = self.headers.get("Content-Length", "")
        if self._path() != ["mails", "_search"] or not length.isdigit() or int(length) > _LARGEST:
            return self._refuse(HTTPStatus.NOT_FOUND)
        try:
            to = str(json.loads(self.rfile.read(int(length)))["to"])
        except (ValueError, KeyError, TypeError):
            return self._refuse(HTTPStatus.BAD_REQUEST)
        return self._json([mail.told() for mail in self.mails.newest(to)])

    def log_message(self, *_: Any) -> None:
        """Who looked at which mail is not written down."""

    def _path(self) -> list[str] | None:
        """What follows the key; None when that is not right."""
        given, *rest = self.path.partition("?")[0].removeprefix("/").split("/")
        return rest if hmac.compare_digest(given.encode(), self.key.encode()) else None

    def _show(self, mail: Kept) -> None:
        self._page(mail.subject, _view(mail, self.key))

    def _show_html(self, mail: Kept) -> None:
        self._send(mail.html.encode(), "text/html; charset=utf-8", _OF_MAIL)

    def _page(self, title: str, body: str) -> None:
        whole = (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
            f"<body>{body}</body></html>"
        )
        self._send(whole.encode(), "text/html; charset=utf-8", _OF_PAGE)

    def _json(self, told: Any) -> None:
        self._send(json.dumps(told).encode(), "application/json", _OF_PAGE)

    def _refuse(self, status: HTTPStatus) -> None:
        self._send(status.phrase.encode(), "text/plain; charset=utf-8", _OF_PAGE, status)

    def _send(self, content: bytes, kind: str, policy: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(content)),
            "Content-Security-Policy": policy,
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "SAMEORIGIN",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def version_string(self) -> str:
        return "keten"


def _list(mails: list[Kept], key: str) -> str:
    rows = "".join(
        f'<li><a href="/{key}/{mail.id}">{html.escape(mail.subject)}</a>'
        f"<span>{html.escape(mail.to)}</span> <small>{mail.at:%Y-%m-%d %H:%M:%S} UTC</small></li>"
        for mail in mails
    )
    return f"<h1>Mail</h1>{f'<ol>{rows}</ol>' if rows else '<p>No mail yet.</p>'}"


def _view(mail: Kept, key: str) -> str:
    said = {"From": mail.sender, "To": mail.to, "Kept": f"{mail.at:%Y-%m-%d %H:%M:%S} UTC"}
    heads = "".join(f"<dt>{name}</dt><dd>{html.escape(value)}</dd>" for name, value in said.items())
    return (
        f'<p><a href="/{key}/">All mail</a></p><h1>{html.escape(mail.subject)}</h1><dl>{heads}</dl>'
        f'<iframe src="/{key}/{mail.id}/html" title="The mail" '
        f'sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
        f"<h1>As plain text</h1><pre>{html.escape(mail.text)}</pre>"
    )


def _read(path: Path) -> Kept:
    message: EmailMessage = email.message_from_bytes(path.read_bytes(), policy=default)
    parts: dict[str, Callable[[], str]] = {}
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        parts[kind] = part.get_content if part is not None else str
    return Kept(
        id=path.stem,
        to=", ".join(address.addr_spec for address in message["To"].addresses),
        sender=str(message["From"]),
        subject=str(message["Subject"]),
        at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        text=parts["plain"](),
        html=parts["html"](),
    )


def _is_id(name: str) -> bool:
    return all(letter.isalnum() or letter == "-" for letter in name)


def main() -> None:
    """`mail_page.py DIRECTORY KEYFILE PORT`"""
    folder, key_file, port = sys.argv[1:]
    serve(Path(folder), json.loads(Path(key_file).read_text())["key"], int(port)).serve_forever()


if __name__ == "__main__":
    main()
