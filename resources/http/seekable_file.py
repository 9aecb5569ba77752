"""A remote file that GDAL reads through Python, so that GDAL itself never touches the network.

Blocks are kept for as long as the file is open. Which drivers may see it is `pixels.read`' to say.
"""

from __future__ import annotations

import io
import threading
import time
from collections import OrderedDict

from resources.http.allowlist import FetchTarget
from resources.http.client import HttpClient
from resources.http.loop import run_with_client
from resources.http.responses import FileVersion, RemoteError
from resources.http.retry import FilePart, ReadingTally

BLOCK = 256 * 1024  # bytes; a tile of Sentinel-2 has about a megabyte
FIRST_BLOCK = 16 * 1024  # bytes; holds most headers
KEPT_BLOCKS = 256  # 64 MB
MAX_READ = 256 * 1024 * 1024  # bytes asked for at once


class RemoteFile:
    """A file of a target, for reading; kept blocks are shared by all that is opened of it.

    An error of the network is kept in `error`: GDAL, between, knows only that a read failed.
    """

    def __init__(self, target: FetchTarget, tally: ReadingTally) -> None:
        self._target, self._tally = target, tally
        self._blocks: OrderedDict[int, bytes | bytearray] = OrderedDict()
        self._lock = threading.Lock()
        self._version: FileVersion | None = None
        self.error: RemoteError | None = None
        self.start: bytes | bytearray = b""
        self.start = self._fetch(0, FIRST_BLOCK)
        if not self.version.is_in_parts:  # a server without ranges sends little, and again all
            self.start = self._fetch(0, self.version.size)

    @property
    def version(self) -> FileVersion:
        """Which file this is."""
        if self._version is None:
            raise RuntimeError("No request has been answered yet.")
        return self._version

    def open(self) -> RemoteHandle:
        """The file from its beginning."""
        return RemoteHandle(self)

    def read(self, start: int, stop: int) -> bytes:
        """The bytes [start, stop), fewer at the end of the file; none after an error."""
        stop = min(stop, self.version.size)
        if stop <= start or self.error is not None:
            return b""
        try:
            return self._bytes(start, stop)
        except RemoteError as cause:
            self.error = cause
            return b""

    def _bytes(self, start: int, stop: int) -> bytes:
        if stop <= len(self.start):
            return bytes(self.start[start:stop])
        with self._lock:
            first, last = start // BLOCK, (stop - 1) // BLOCK
            missing = [n for n in range(first, last + 1) if n not in self._blocks]
            if missing:
                self._take(missing[0], missing[-1])
            joined = b"".join(self._blocks[n] for n in range(first, last + 1))
            while len(self._blocks) > KEPT_BLOCKS:
                self._blocks.popitem(last=False)
        return joined[start - first * BLOCK : stop - first * BLOCK]

    def _take(self, first: int, last: int) -> None:
        """Fetch blocks first to last in one request."""
        data = self._fetch(first * BLOCK, (last + 1) * BLOCK)
        for number in range(first, last + 1):
            at = (number - first) * BLOCK
            self._blocks[number] = data[at : at + BLOCK]

    def _fetch(self, start: int, stop: int) -> bytes | bytearray:
        """The bytes [start, stop), or as far as the file goes."""
        until = self._tally.until
        if until is not None and time.monotonic() > until:
            raise RemoteError(f"{self._target.href} takes too long to read; try again later")
        if stop - start > MAX_READ:
            raise RemoteError(f"{self._target.href} needs more than {MAX_READ} bytes at once")
        known = self._version

        async def fetch(client: HttpClient) -> FilePart:
            async with client.room(stop - start, self._target, self._tally):
                return await client.fetch(
                    self._target, start, stop, tally=self._tally, version=known
                )

        part = run_with_client(fetch)
        self._version = part.version
        return part.data


class RemoteHandle(io.RawIOBase):
    """A place in a remote file, as GDAL wants it: read, seek, tell."""

    def __init__(self, file: RemoteFile) -> None:
        super().__init__()
        self._file = file
        self._at = 0

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to an offset from the start, from here or from the end."""
        end = self._file.version.size
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: end}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes, fewer at the end of the file."""
        count = self._file.version.size if size is None or size < 0 else size
        data = self._file.read(self._at, self._at + count)
        self._at += len(data)
        return data
