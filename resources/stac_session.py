"""The HTTP session of a STAC API: one origin, bounded answers, bounded patience.

What is asked and what answers mean is in `stac_api`. Requests' own retries are not used: they
read the whole body of a refusal into memory, however large it is.
"""

from __future__ import annotations

import io
import random
import re
import time
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from pystac_client.stac_api_io import StacApiIO
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

PAGE_BYTES = 16 * 1024 * 1024  # of one answer; 100 items of CDSE have 10 MB
SEARCH_S = 300.0  # of one search with all its pages and repetitions
TIMEOUT_S = (10.0, 60.0)  # connect, and between two pieces of an answer
ATTEMPTS = 6  # of one request, the first included
FIRST_PAUSE_S = 0.5  # doubling, with up to half as much again by chance
MAX_PAUSE_S = 20.0  # a server that asks for more does not get it
PASSING = frozenset({403, 408, 425, 429, 500, 503})
"""Worth another try; Earth Search says 403 when it is asked too much at a time (its issue 19)."""
PIECE_BYTES = 65_536


class PageTooLarge(requests.exceptions.RequestException):
    """An answer has more bytes than are read; a smaller page may do."""


class TooSlow(requests.exceptions.RequestException):
    """A search has taken all the time that it may."""


def open_session(url: str) -> StacApiIO:
    """A session for one search of the API at `url`, which must end within `SEARCH_S`."""
    session = StacApiIO(timeout=TIMEOUT_S, max_retries=None)
    adapter = _OneOrigin(url, deadline=time.monotonic() + SEARCH_S)
    session.session.trust_env = False  # no password out of .netrc, no proxy unasked
    session.session.mount("https://", adapter)
    session.session.mount("http://", adapter)
    return session


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port of an address."""
    parts = split(url)
    return parts.scheme, parts.hostname, parts.port


def split(url: str) -> SplitResult:
    """The parts of an address; ValueError where it has blanks or control characters."""
    if any(character.isspace() or not character.isprintable() for character in url):
        raise ValueError("has an address with blanks or control characters")
    return urlsplit(url)


class _OneOrigin(HTTPAdapter):
    """Sends requests to the API's own origin alone, whatever links and redirects say."""

    def __init__(self, url: str, *, deadline: float) -> None:
        super().__init__()
        self._origin = origin(url)
        self._deadline = deadline

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]  # options are passed on
        if origin(request.url or "") != self._origin:
            raise requests.exceptions.InvalidURL(f"a link leads away from it, to {request.url}")
        attempt = 0
        while True:
            attempt += 1
            try:
                answer = self._once(request, {**options, "stream": True})
                if answer.status_code not in PASSING or attempt == ATTEMPTS:
                    return answer
                pause = _pause(attempt, answer.headers.get("Retry-After", ""))
            except (requests.ConnectionError, requests.Timeout):
                if attempt == ATTEMPTS:
                    raise
                pause = _pause(attempt, "")
            self._check_time(pause)
            time.sleep(pause)

    def _once(
        self, request: requests.PreparedRequest, options: dict[str, Any]
    ) -> requests.Response:
        """One answer, read whole where it is of reasonable size."""
        answer = super().send(request, **options)
        try:
            answer.raw = io.BytesIO(self._body(answer.raw))
        except HTTPError as cause:
            raise requests.ConnectionError(f"the answer broke off: {cause}") from cause
        return answer

    def _body(self, raw: BaseHTTPResponse) -> bytes:
        body = bytearray()
        try:
            while piece := raw.read1(PIECE_BYTES, decode_content=True):
                body += piece
                if len(body) > PAGE_BYTES:
                    raise PageTooLarge(f"an answer has more than {PAGE_BYTES} bytes")
                self._check_time(0.0)
        finally:
            raw.close()
        return bytes(body)

    def _check_time(self, pause: float) -> None:
        if time.monotonic() + pause > self._deadline:
            raise TooSlow(f"it did not finish within {SEARCH_S:.0f} seconds")


def _pause(attempt: int, asked: str) -> float:
    """Seconds to wait after this attempt; a server's wish counts where it is not excessive."""
    grown = FIRST_PAUSE_S * 2.0 ** (attempt - 1) * (1 + random.random() / 2)  # noqa: S311 - spreads
    wish = float(asked) if re.fullmatch(r"\d{1,4}", asked.strip()) else 0.0
    return max(grown, wish) if wish <= MAX_PAUSE_S else grown
