"""The policies as OPA takes them: one archive, signed, under a revision that says which facts it was written for."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.decisions import policy_sources

# What services send as facts and read in answers. Raise it when a policy of before would misread the facts, or a service
# of before the answer: until both are new, they then answer 503 to one another.
INTERFACE = 1

# The bundle's name in OPA's configuration, the root of its packages, and the key id that OPA looks the public key up by.
NAME = "keten"
PATH = f"/bundles/{NAME}.tar.gz"
ALGORITHM = "ES256"

# As OPA's configuration asks: a signature made for another purpose is not one on these policies.
SCOPE = "policies"


class RevisionUnreadable(ValueError):
    """This is not a revision of our policies."""


@dataclass(frozen=True, slots=True)
class Revision:
    """Which policies: the interface they were written for, and a digest of what they say."""

    interface: int
    digest: str

    @classmethod
    def read(cls, text: str) -> "Revision":
        """Raises RevisionUnreadable."""
        interface, _, digest = text.partition(".")
        if not (interface.isascii() and interface.isdigit() and digest):
            raise RevisionUnreadable
        return cls(int(interface), digest)

    def __str__(self) -> str:
        return f"{self.interface}.{self.digest}"


@dataclass(frozen=True)
class PolicyBundle:
    """An archive as OPA downloads it. The same policies under the same key have the same tag."""

    revision: Revision
    content: bytes
    tag: str


def revision_of(policies: Path) -> Revision:
    """The revision of the policies in a directory."""
    return _revision(_files(policies))


def signed_bundle(policies: Path, secrets: Path) -> PolicyBundle:
    """The policies of a directory, signed with the key in `bundle.json`. Raises FileNotFoundError without that key."""
    files = _files(policies)
    revision = _revision(files)
    manifest = {"revision": str(revision), "roots": [NAME], "rego_version": 1}
    whole = {".manifest": _canonical(manifest), **files}
    key = _signing_key(secrets)
    signatures = _canonical({"signatures": [_signature(whole, key)]})
    content = _archive({**whole, ".signatures.json": signatures})
    return PolicyBundle(revision, content, tag=f'"{revision}-{key.thumbprint()}"')


def bundle_server(bundle: PolicyBundle) -> Starlette:
    """An app from which OPA downloads the bundle; only when it has another one, or none."""
    headers = {"ETag": bundle.tag, "Cache-Control": "no-cache"}

    async def download(request: Request) -> Response:
        if bundle.tag in map(str.strip, request.headers.get("if-none-match", "").split(",")):
            return Response(status_code=304, headers=headers)
        return Response(bundle.content, media_type="application/gzip", headers=headers)

    async def livez(_: Request) -> Response:
        return Response('{"status":"alive"}', media_type="application/json")

    return Starlette(routes=[Route(PATH, download), Route("/livez", livez)])


def _files(policies: Path) -> Mapping[str, bytes]:
    """What is in the bundle by its path; data in canonical form, whose hash is the one that OPA takes."""
    sources = {name: source.encode() for name, source in policy_sources(policies).items()}
    return {"data.json": _canonical(json.loads((policies / "data.json").read_text(encoding="utf-8"))), **sources}


def _revision(files: Mapping[str, bytes]) -> Revision:
    listed = [f"{name}\0{hashlib.sha256(content).hexdigest()}" for name, content in sorted(files.items())]
    return Revision(INTERFACE, hashlib.sha256("\n".join(listed).encode()).hexdigest()[:16])


def _signing_key(secrets: Path) -> ECKey:
    keys = KeySet.import_key_set(json.loads((secrets / "bundle.json").read_text()))
    key = keys.keys[0]
    assert isinstance(key, ECKey)
    return key


def _signature(files: Mapping[str, bytes], key: ECKey) -> str:
    listed = [
        {"name": name, "hash": hashlib.sha256(content).hexdigest(), "algorithm": "SHA-256"}
        for name, content in sorted(files.items())
    ]
    return jwt.encode({"alg": ALGORITHM, "kid": NAME}, {"files": listed, "scope": SCOPE}, key)


def _archive(files: Mapping[str, bytes]) -> bytes:
    """A tar.gz in which no time, owner or order tells where it was made."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o444
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(held.getvalue(), mtime=0)


def _canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
