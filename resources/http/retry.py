"""What has come of one part of a file, over several requests where one did not do.

Bookkeeping only: which bytes are missing, of which version, in what time; sending is
`http.client`'s.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from resources.http.allowlist import FetchTarget
from resources.http.responses import (
    BodyRange,
    FileVersion,
    RemoteChanged,
    RemoteError,
    RequestInterrupted,
)
from resources.http.retry_policy import RetryPolicy

FIRST_PAUSE_S = 0.2  # seconds; chosen
REQUEST_S = 120.0  # of one request with all its repetitions, waiting for its turn not counted,
LEAST_RATE = 50_000  # and as many more as its bytes take at this rate, bytes a second


@dataclass(slots=True)
class ReadingTally:
    """What a reading took, and when it must be over; counted by the network's thread alone.

    `until` is a moment of `time.monotonic`, which is also the event loop's clock.
    """

    requests: int = 0
    bytes_read: int = 0
    until: float | None = None


@dataclass(frozen=True, slots=True)
class FilePart:
    """Bytes of a file from `start`, and which file that was."""

    data: bytes | bytearray
    start: int
    version: FileVersion

    @property
    def stop(self) -> int:
        """The byte after the last."""
        return self.start + len(self.data)


class RangeDownload:
    """What has come so far of the bytes [start, stop) of a file."""

    def __init__(
        self, target: FetchTarget, start: int, stop: int, version: FileVersion | None
    ) -> None:
        self.target, self.start, self.stop = target, start, stop
        self.version = version
        self.data = bytearray()
        self.count = 0
        self.policy = RetryPolicy(FIRST_PAUSE_S)
        self.allowed_s = REQUEST_S + (stop - start) / LEAST_RATE
        self._left_s = self.allowed_s
        self._at = start  # where in the file the body is that comes in

    @property
    def next(self) -> int:
        """The first byte that is still missing."""
        return self.start + len(self.data)

    def headers(self) -> dict[str, str]:
        """Of the next request."""
        condition = self.version.condition if self.version else {}
        return {"Range": f"bytes={self.next}-{self.stop - 1}", **condition}

    @asynccontextmanager
    async def clock(self) -> AsyncIterator[None]:
        """TimeoutError once all that is done under it has taken longer than is allowed."""
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self._left_s):
                yield
        finally:
            self._left_s -= time.monotonic() - begun

    def begin(self, body: BodyRange) -> None:
        """Note which file is answering, and how; RemoteError if not as so far."""
        if self.version is not None and body.version != self.version:
            raise RemoteChanged(f"{self.target.href} changed while it was read; read it again")
        is_in_parts = body.version.is_in_parts
        if self.version is not None and self.version.is_in_parts and not is_in_parts:
            raise RemoteError(f"{self.target.href} was sent in parts first and then whole")
        self.version = body.version
        self.stop = min(self.stop, body.version.size)
        if not is_in_parts:  # the whole file comes: take the part out of it anew
            self.data.clear()
        self._at = body.start

    def add(self, piece: bytes, body: BodyRange) -> None:
        """Keep of a piece of the body what was asked for; more than was announced is refused."""
        if self._at + len(piece) > body.stop:
            raise RemoteError(f"{self.target.href} sent more bytes than it announced")
        self.data += piece[max(0, self.start - self._at) : max(0, self.stop - self._at)]
        self._at += len(piece)

    def finished(self, body: BodyRange) -> FilePart:
        """The part, if all of it is here."""
        if self._at < body.stop:
            raise RequestInterrupted("the answer ended early")
        return FilePart(self.data, self.start, body.version)

    def given_up(self, cause: RequestInterrupted) -> RemoteError:
        """The error to end with."""
        is_too_long = self.policy.is_too_long(cause.pause_s)
        wait = f", asking for a pause of {cause.pause_s:.0f} seconds" if is_too_long else ""
        return RemoteError(
            f"{self.target.href} could not be fetched in {self.count} attempts, at last "
            f"because {cause}{wait}; try again later"
        )
