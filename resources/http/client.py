"""Fetches parts of files over HTTP: never redirected, tried again with patience, and resumed.

A file that changes between two requests is never mixed. What may be asked for is `allowlist`'
to say, what answers mean is in `responses`, and the thread all this runs in `loop`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar

import aiohttp
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from yarl import URL

from resources.http.allowlist import CONNECTIONS, FetchTarget
from resources.http.limits import ByteBudget, HostLimiter, HostLimiters
from resources.http.responses import (
    FileVersion,
    RemoteError,
    RequestInterrupted,
    parse_range_response,
    whole_response_tag,
)
from resources.http.retry import FilePart, RangeDownload, ReadingTally
from resources.http.retry_policy import wait_before_retry

Result = TypeVar("Result")

USER_AGENT = "sitewatch (open-source monitor of places; reads windows of Sentinel-2 scenes)"
DOCUMENT_S = 600.0  # of one document with all its repetitions, and its turn among others
CONNECT_S = 10.0
SILENCE_S = 30.0  # longest wait between two pieces of a body
IN_FLIGHT_BYTES = 256 * 1024 * 1024  # of all windows being read, compressed and not


class HttpClient:
    """Connections to every host, kept between requests. Belongs to one event loop."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=4 * CONNECTIONS, limit_per_host=CONNECTIONS, ttl_dns_cache=300
            ),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S
            ),  # the whole is bounded by REQUEST_S
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            auto_decompress=False,  # ranges are of the stored bytes
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # no password out of .netrc, no proxy unasked
            read_bufsize=2**20,  # default 64 kB makes a tile of a megabyte stop and go
        )
        self._doors = HostLimiters()
        self.budget = ByteBudget(IN_FLIGHT_BYTES)

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def fetch(
        self,
        target: FetchTarget,
        start: int,
        stop: int,
        *,
        tally: ReadingTally,
        version: FileVersion | None = None,
    ) -> FilePart:
        """The bytes [start, stop) of a file, or as far as the file goes.

        Args:
            target: The file.
            start: First byte.
            stop: The byte after the last; beyond the file's end for all that there is.
            tally: Counts requests and bytes, and says when all must be over.
            version: The file that an earlier request saw; None for whichever is there.

        Raises:
            RemoteChanged: the file is another than `version`, or changed on the way.
            RemoteError: it cannot be read.
        """
        attempt = RangeDownload(target, start, stop, version)
        return await self._patiently(attempt, tally.until, lambda: self._once(attempt, tally))

    async def fetch_document(self, target: FetchTarget, limit: int) -> tuple[bytes, str | None]:
        """A whole document of at most `limit` bytes, and its ETag or date of change.

        It is asked for without a range, since what is made when asked for has none.

        Raises:
            RemoteError: it cannot be read, or is larger.
        """
        attempt = RangeDownload(target, 0, limit, None)
        until = time.monotonic() + DOCUMENT_S
        return await self._patiently(attempt, until, lambda: self._document(attempt))

    @asynccontextmanager
    async def room(
        self, count: int, target: FetchTarget, tally: ReadingTally
    ) -> AsyncIterator[None]:
        """So many bytes of memory for what is fetched; RemoteError if none is free in time."""
        try:
            async with asyncio.timeout_at(tally.until):
                taken = await self.budget.take(count)
        except TimeoutError as cause:
            raise RemoteError(
                f"{target.href} was not begun in the time that one reading may take, since too "
                "much else is being read; try again later"
            ) from cause
        try:
            yield
        finally:
            self.budget.give(taken)

    async def _patiently(
        self,
        attempt: RangeDownload,
        until: float | None,
        once: Callable[[], Coroutine[None, None, Result]],
    ) -> Result:
        """The result of the first try that is not interrupted; RemoteError after too many."""
        target = attempt.target
        door = self._doors.of(target)
        overall = asyncio.timeout_at(until)
        try:
            async with overall:
                while True:
                    try:
                        async with door.turn:
                            door.check(target)
                            async with attempt.clock():
                                result = await once()
                    except RequestInterrupted as cause:
                        await _wait_before_retry(attempt, cause, door)
                    else:
                        door.reached()
                        return result
        except TimeoutError as cause:
            allowed = f"within {attempt.allowed_s:.0f} seconds"
            limit = "in the time that one reading may take" if overall.expired() else allowed
            raise RemoteError(f"{target.href} did not come {limit}; try again later") from cause

    async def _once(self, attempt: RangeDownload, tally: ReadingTally) -> FilePart:
        """One request for what is still missing."""
        tally.requests += 1
        headers = {**_s3_headers(attempt.target), **attempt.headers()}
        async with self._answer(attempt.target, headers) as answer:
            body = parse_range_response(
                attempt.target, answer.status, answer.headers, start=attempt.next, stop=attempt.stop
            )
            attempt.begin(body)
            async for piece in answer.content.iter_any():
                tally.bytes_read += len(piece)
                attempt.add(piece, body)
        return attempt.finished(body)

    async def _document(self, attempt: RangeDownload) -> tuple[bytes, str | None]:
        data = bytearray()
        async with self._answer(attempt.target, _s3_headers(attempt.target)) as answer:
            tag = whole_response_tag(attempt.target, answer.status, answer.headers)
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
        self, target: FetchTarget, headers: Mapping[str, str]
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
            raise _network_interruption(cause) from cause


async def _wait_before_retry(
    attempt: RangeDownload, cause: RequestInterrupted, door: HostLimiter
) -> None:
    """Wait before the next attempt; RemoteError if there have been enough."""
    if not cause.is_dark:
        door.reached()
    attempt.count += 1
    wait_s = attempt.policy.pause_s(attempt.count, asked_s=cause.pause_s)
    if wait_s is None:
        if cause.is_dark:
            door.given_up()
        raise attempt.given_up(cause) from cause
    await wait_before_retry(wait_s, f"{attempt.target.href}: {cause}", asyncio.sleep)


def _s3_headers(target: FetchTarget) -> Mapping[str, str]:
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


def _network_interruption(cause: Exception) -> RequestInterrupted:
    """An error of the network in words; the library's own may hold the whole request."""
    if isinstance(cause, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        return RequestInterrupted("no connection was possible", is_dark=True)
    if isinstance(cause, TimeoutError):
        return RequestInterrupted("nothing came in time")
    return RequestInterrupted("the connection broke")
