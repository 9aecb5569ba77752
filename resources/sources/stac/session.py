"""The HTTP session of a STAC API: one origin, bounded answers, bounded patience.

What is asked and what answers mean is in `stac.api`; how an answer is kept in bounds is in
`deadline`.
"""

from __future__ import annotations

import random
import re
import time
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from pystac_client.stac_api_io import StacApiIO

from resources.http.deadline import WholeAnswers

PAGE_BYTES = 16 * 1024 * 1024  # of one answer; 100 items of CDSE have 10 MB
SEARCH_S = 300.0  # of one search with all its pages and repetitions
TIMEOUT_S = (10.0, 60.0)  # connect, and between two pieces of an answer
ATTEMPTS = 6  # of one request, the first included
FIRST_PAUSE_S = 0.5  # doubling, with up to half as much again by chance
MAX_PAUSE_S = 20.0  # a server that asks for more does not get it
PASSING = frozenset({403, 408, 425, 429, 500, 503})
"""Worth another try; Earth Search says 403 when it is asked too much at a time (its issue 19)."""


def search_deadline() -> float:
    """When a search that begins now must have ended, on the monotonic clock."""
    return time.monotonic() + SEARCH_S


def open_session(url: str, deadline: float) -> StacApiIO:
    """A session with the API at `url` that gives answers until `deadline` (monotonic clock)."""
    session = StacApiIO(timeout=TIMEOUT_S, max_retries=None)
    adapter = _OneOrigin(url, deadline=deadline)
    session.session.trust_env = False  # no password out of .netrc, no proxy unasked
    session.session.mount("https://", adapter)
    session.session.mount("http://", adapter)
    return session


def url_origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port of an address."""
    parts = split_url(url)
    return parts.scheme, parts.hostname, parts.port


def split_url(url: str) -> SplitResult:
    """The parts of an address; ValueError where it has blanks or control characters."""
    if any(character.isspace() or not character.isprintable() for character in url):
        raise ValueError("has an address with blanks or control characters")
    return urlsplit(url)


class _OneOrigin(WholeAnswers):
    """Sends requests to the API's own origin alone, whatever links and redirects say."""

    def __init__(self, url: str, *, deadline: float) -> None:
        super().__init__(deadline=deadline, limit=PAGE_BYTES)
        self._origin = url_origin(url)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]  # options are passed on
        if url_origin(request.url or "") != self._origin:
            raise requests.exceptions.InvalidURL(f"a link leads away from it, to {request.url}")
        attempt = 0
        while True:
            attempt += 1
            try:
                answer = super().send(request, **options)
                if answer.status_code not in PASSING or attempt == ATTEMPTS:
                    return answer
                pause = _retry_pause_s(attempt, answer.headers.get("Retry-After", ""))
            except (requests.ConnectionError, requests.Timeout):
                if attempt == ATTEMPTS:
                    raise
                pause = _retry_pause_s(attempt, "")
            self.check_time(pause)
            time.sleep(pause)


def _retry_pause_s(attempt: int, asked: str) -> float:
    """Seconds to wait after this attempt; a server's wish counts where it is not excessive."""
    grown = FIRST_PAUSE_S * 2.0 ** (attempt - 1) * (1 + random.random() / 2)  # noqa: S311 - spreads
    wish = float(asked) if re.fullmatch(r"\d{1,4}", asked.strip()) else 0.0
    return max(grown, wish) if wish <= MAX_PAUSE_S else grown
