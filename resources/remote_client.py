"""Fetches parts of files over HTTP: never redirected, tried again with patience, and resumed.

A file that changes between two requests is never mixed. What may be asked for is `remote_reach`'
to say, what answers mean is in `remote_answers`, and the thread all this runs in `remote_loop`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import aiohttp
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from yarl import URL

from resources.remote_answers import (
    Body,
    Interrupted,
    RemoteChanged,
    RemoteError,
    Version,
    understood,
    whole,
)
from resources.remote_reach import CONNECTIONS, Target

Result = TypeVar("Result")

USER_AGENT = "sitewatch (open-source monitor of places; reads windows of Sentinel-2 scenes)"
ATTEMPTS = 6  # of one request, the first included
FIRST_PAUSE_S = 0.2  # doubling, with up to half as much again by chance
MAX_PAUSE_S = 20.0  # a server that asks for a longer pause is given up at once
TOTAL_S = 300.0  # of one request with all its repetitions, and its turn among others
CONNECT_S = 10.0
SILENCE_S = 30.0  # longest wait between two pieces of a body
IN_FLIGHT_BYTES = 256 * 1024 * 1024  # of all windows being read, compressed and not


@dataclass(slots=True)
class Tally:
    """What a reading took; written to by the network's thread alone."""

    requests: int = 0
    bytes_read: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of a file from `start`, and which file that was."""

    data: bytes | bytearray
    start: int
    version: Version

    @property
    def stop(self) -> int:
        """The byte after the last."""
        return self.start + len(self.data)


class Budget:
    """Lets holders take so many bytes of a common store at a time, in the order they came."""

    def __init__(self, total: int) -> None:
        self._free = self._total = total
        self._turn = asyncio.Lock()
        self._returned = asyncio.Event()

    async def take(self, count: int) -> int:
        """Wait until there is room; more than there ever is counts as all of it."""
        count = min(count, self._total)
        async with self._turn:
            while count > self._free:
                self._returned.clear()
                await self._returned.wait()
            self._free -= count
        return count

    def give(self, count: int) -> None:
        """Return what `take` gave."""
        self._free += count
        self._returned.set()


class Client:
    """Connections to every host, kept between requests. Belongs to one event loop."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=4 * CONNECTIONS, limit_per_host=CONNECTIONS, ttl_dns_cache=300
            ),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S
            ),  # the whole is bounded by TOTAL_S, waiting for a free connection included
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            auto_decompress=False,  # ranges are of the stored bytes
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # no password out of .netrc, no proxy unasked
            read_bufsize=2**20,  # default 64 kB makes a tile of a megabyte stop and go
        )
        self._doors: dict[tuple[str, str], asyncio.Semaphore] = {}
        self.budget = Budget(IN_FLIGHT_BYTES)

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def fetch(
        self, target: Target, start: int, stop: int, *, tally: Tally, version: Version | None = None
    ) -> Part:
        """The bytes [start, stop) of a file, or as far as the file goes.

        Args:
            target: The file.
            start: First byte.
            stop: The byte after the last; beyond the file's end for all that there is.
            tally: Counts requests and bytes.
            version: The file that an earlier request saw; None for whichever is there.

        Raises:
            RemoteChanged: the file is another than `version`, or changed on the way.
            RemoteError: it cannot be read.
        """
        attempt = _Attempts(target, start, stop, version)
        return await self._patiently(attempt, lambda: self._once(attempt, tally))

    async def fetch_document(self, target: Target, limit: int) -> tuple[bytes, str | None]:
        """A whole document of at most `limit` bytes, and its ETag or date of change.

        It is asked for without a range, since what is made when asked for has none.

        Raises:
            RemoteError: it cannot be read, or is larger.
        """
        attempt = _Attempts(target, 0, limit, None)
        return await self._patiently(attempt, lambda: self._document(attempt))

    async def _patiently(
        self, attempt: _Attempts, once: Callable[[], Coroutine[None, None, Result]]
    ) -> Result:
        """The result of the first try that is not interrupted; RemoteError after too many."""
        try:
            async with asyncio.timeout(TOTAL_S):
                while True:
                    try:
                        async with self._door(attempt.target):
                            return await once()
                    except Interrupted as cause:
                        await asyncio.sleep(attempt.pause(cause))
        except TimeoutError as cause:
            raise RemoteError(
                f"{attempt.target.href} did not come within {TOTAL_S:.0f} seconds; try again later"
            ) from cause

    async def _once(self, attempt: _Attempts, tally: Tally) -> Part:
        """One request for what is still missing."""
        tally.requests += 1
        async with self._answer(attempt.target, attempt.headers()) as answer:
            body = understood(
                attempt.target, answer.status, answer.headers, start=attempt.next, stop=attempt.stop
            )
            attempt.begin(body)
            async for piece in answer.content.iter_any():
                tally.bytes_read += len(piece)
                attempt.add(piece, body)
        return attempt.finished(body)

    async def _document(self, attempt: _Attempts) -> tuple[bytes, str | None]:
        data = bytearray()
        async with self._answer(attempt.target, _signature(attempt.target)) as answer:
            tag = whole(attempt.target, answer.status, answer.headers)
            async for piece in answer.content.iter_any():
                data += piece
                if len(data) > attempt.stop:
                    raise RemoteError(
                        f"{attempt.target.href} has more than {attempt.stop} bytes, which is more "
                        "than such a document needs"
                    )
        return bytes(data), tag

    @asynccontextmanager
    async def _answer(
        self, target: Target, headers: Mapping[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """An answer to one request; the network's errors become ours, without the request."""
        try:
            async with self._session.get(
                URL(target.url, encoded=True), headers=headers, allow_redirects=False
            ) as answer:
                yield answer
        except aiohttp.ClientConnectorCertificateError as cause:
            raise RemoteError(f"the certificate of {target.host} is not valid") from cause
        except (aiohttp.InvalidURL, aiohttp.ClientResponseError) as cause:
            raise RemoteError(f"{target.host} does not speak HTTP as it should") from cause
        except (aiohttp.ClientError, TimeoutError, OSError) as cause:
            raise Interrupted(_kind(cause)) from cause

    def _door(self, target: Target) -> asyncio.Semaphore:
        """Lets in as many requests at a time as the host or bucket takes."""
        bucket = target.bucket
        key = (target.host, bucket.name if bucket else "")
        count = bucket.connections if bucket else CONNECTIONS
        return self._doors.setdefault(key, asyncio.Semaphore(count))


class _Attempts:
    """What has come of one part of a file, over several requests where one did not do."""

    def __init__(self, target: Target, start: int, stop: int, version: Version | None) -> None:
        self.target, self.start, self.stop = target, start, stop
        self.version = version
        self.data = bytearray()
        self.count = 0

    @property
    def next(self) -> int:
        """The first byte that is still missing."""
        return self.start + len(self.data)

    def headers(self) -> dict[str, str]:
        """Of the next request; signed where the bucket has keys."""
        condition = self.version.condition if self.version else {}
        asked = {"Range": f"bytes={self.next}-{self.stop - 1}", **condition}
        return {**_signature(self.target), **asked}

    def begin(self, body: Body) -> None:
        """Note which file is answering; RemoteChanged if it is not the one so far."""
        if self.version is not None and body.version != self.version:
            raise RemoteChanged(f"{self.target.href} changed while it was read; read it again")
        self.version = body.version
        self.stop = min(self.stop, body.version.size)
        if body.start < self.next:  # the whole file came: take it from its beginning
            self.data.clear()
            self.start = 0

    def add(self, piece: bytes, body: Body) -> None:
        """Take a piece of the body; more than was announced is refused."""
        if self.next + len(piece) > body.stop:
            raise RemoteError(f"{self.target.href} sent more bytes than it announced")
        self.data += piece

    def finished(self, body: Body) -> Part:
        """The part, if all of it is here."""
        if self.next < body.stop:
            raise Interrupted("the answer ended early")
        return Part(self.data, self.start, body.version)

    def pause(self, cause: Interrupted) -> float:
        """Seconds to wait before the next attempt; RemoteError if there have been enough."""
        self.count += 1
        asked = cause.pause_s or 0.0
        if self.count >= ATTEMPTS or asked > MAX_PAUSE_S:
            wait = f", asking for a pause of {asked:.0f} seconds" if asked > MAX_PAUSE_S else ""
            raise RemoteError(
                f"{self.target.href} could not be fetched in {self.count} attempts, at last "
                f"because {cause}{wait}; try again later"
            ) from cause
        grown = FIRST_PAUSE_S * 2.0 ** (self.count - 1)
        return max(asked, grown * (1 + random.random() / 2))  # noqa: S311 - spreads repetitions


def _signature(target: Target) -> Mapping[str, str]:
    """Headers that an S3 server asks for: who is asking, and who pays."""
    bucket = target.bucket
    if bucket is None:
        return {}
    payer = {"x-amz-request-payer": "requester"} if bucket.is_requester_paid else {}
    if bucket.key_id is None or bucket.secret is None:
        return payer
    request = AWSRequest(method="GET", url=target.url, headers=payer)
    keys = Credentials(bucket.key_id, bucket.secret, bucket.token)
    S3SigV4Auth(keys, "s3", bucket.region or "us-east-1").add_auth(request)
    return dict(request.headers.items())


def _kind(cause: Exception) -> str:
    """An error of the network in words; the library's own may hold the whole request."""
    if isinstance(cause, TimeoutError):
        return "nothing came in time"
    if isinstance(cause, aiohttp.ClientConnectorError):
        return "no connection was possible"
    return "the connection broke"
