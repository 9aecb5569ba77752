"""Files of this machine that are written whole or not at all, readable as the umask lets them be.

Objects of the archive, which are not for everyone to read, are written in `archive`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_replacement(to: Path) -> Iterator[Path]:
    """A file to write beside the target, which it replaces in one step when all went well."""
    beside = to.with_name(f".writing-{secrets.token_hex(8)}")
    try:
        yield beside
        beside.replace(to)
    finally:
        beside.unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file in one step; its folder is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_replacement(path) as fresh:
        fresh.write_bytes(data)
