"""Encrypted files: numbered blocks of AES-256-GCM, the last one marked, each file under a key of its own name. A byte that
was changed, cut off, added or moved, and a file that was put in another's place, are noticed."""

import hashlib
import io
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keten.place import Refusal

# The plain size of every block but the last (bytes).
BLOCK: Final = 1024 * 1024
_TAG: Final = 16

# The fastest: what Postgres keeps shrinks to a fifth already, and people work meanwhile.
_LEVEL: Final = 1


class Damaged(Refusal):
    """A file of a backup is not as it was written."""


@dataclass(frozen=True)
class Sealed:
    """What is known of a file that was written: its size on disk, that of what it holds, and the digest of its bytes."""

    size: int
    plain: int
    sha256: str


def key_for(data_key: bytes, *, backup: str, name: str) -> bytes:
    """The key of one file, or of one other use, of one backup."""
    return HKDF(SHA256(), 32, salt=None, info=f"keten backup 1\n{backup}\n{name}".encode()).derive(data_key)


class SealedFile(io.RawIOBase):
    """Compresses and encrypts what is written. Whole only when `finish` returned."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._file: IO[bytes] = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._cipher, self._squeeze = AESGCM(key), zlib.compressobj(_LEVEL)
        self._waiting, self._number, self._plain = bytearray(), 0, 0
        self._digest = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, content: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self._plain += len(content)
        self._waiting += self._squeeze.compress(content)
        while len(self._waiting) > BLOCK:  # the last block is never empty-handed: it may be full
            self._put(bytes(self._waiting[:BLOCK]), is_last=False)
            del self._waiting[:BLOCK]
        return len(content)

    def finish(self) -> Sealed:
        """Write the last block and wait until the disk has everything."""
        self._waiting += self._squeeze.flush()
        while len(self._waiting) > BLOCK:
            self._put(bytes(self._waiting[:BLOCK]), is_last=False)
            del self._waiting[:BLOCK]
        self._put(bytes(self._waiting), is_last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        size = self._file.tell()
        self.close()
        return Sealed(size, self._plain, self._digest.hexdigest())

    def close(self) -> None:
        self._file.close()
        super().close()

    def _put(self, block: bytes, *, is_last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, is_last=is_last), block, None)
        self._number += 1
        self._digest.update(sealed)
        self._file.write(sealed)


class UnsealedFile(io.RawIOBase):
    """What a sealed file holds. Raises `Damaged` at the block that is not as it was written, the end among them."""

    def __init__(self, path: Path, key: bytes) -> None:
        try:
            self._file = path.open("rb")
        except FileNotFoundError:
            raise Damaged(f"{path} is missing.") from None
        self._path, self._cipher, self._expand = path, AESGCM(key), zlib.decompressobj()
        self._next, self._number, self._ready = self._file.read(BLOCK + _TAG), 0, b""
        self._is_over, self._digest = False, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        while not self._ready:
            if self._expand.unconsumed_tail:
                self._ready = self._expand.decompress(self._expand.unconsumed_tail, BLOCK)
            elif not self._more():
                return 0
        taken = self._ready[: len(buffer)]
        buffer[: len(taken)] = taken
        self._ready = self._ready[len(taken) :]
        return len(taken)

    def close(self) -> None:
        self._file.close()
        super().close()

    def check(self, sealed: Sealed | None = None) -> None:
        """Read on to the end. Raises `Damaged`, also when it is not the very file that was written."""
        while self.read(BLOCK):
            pass
        if sealed is not None and self._digest.hexdigest() != sealed.sha256:
            raise Damaged(f"{self._path} is not the file that its backup was made with. Use another backup.")

    def _more(self) -> bool:
        """Open the next block; False behind the last."""
        if self._is_over:
            return False
        if not self._next and self._number:
            self._is_over, self._ready = True, self._expand.flush()
            return True
        block, self._next = self._next, self._file.read(BLOCK + _TAG)
        self._digest.update(block)
        try:
            plain = self._cipher.decrypt(_nonce(self._number, is_last=not self._next), block, None)
            self._number += 1
            self._ready = self._expand.decompress(plain, BLOCK)
        except (InvalidTag, ValueError, zlib.error):
            raise Damaged(
                f"{self._path} is not as it was written: it was changed or cut off, or belongs to another backup. "
                "Nothing was restored from it; use another backup."
            ) from None
        return True


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])
