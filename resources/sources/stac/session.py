"""The HTTP session of a STAC API: one origin, bounded answers, bounded patience.

What is asked and what answers mean is in `stac.api`; how an answer is kept in bounds is in
`deadline`.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from pystac_client.stac_api_io import StacApiIO

from resources.http.deadline import WholeAnswers
from resources.http.retry_policy import PASSING, RetryPolicy, retry_after_s, wait_before_retry

PAGE_BYTES = 16 * 1024 * 1024  # of one answer; 100 items of CDSE have 10 MB
SEARCH_S = 300.0  # of one search with all its pages and repetitions
TIMEOUT_S = (10.0, 60.0)  # connect, and between two pieces of an answer
FIRST_PAUSE_S = 0.5  # seconds; chosen
OVERSIZED = frozenset({413, 502, 504})
"""Statuses of a gateway that gives up on a page: the same page again would be no better."""
BUSY = (PASSING | {403}) - OVERSIZED
"""Worth another try; Earth Search says 403 when it is asked too much at a time (its issue 19)."""


def search_deadline() -> float:
    """When a search that begins now must have ended, on the monotonic clock."""
    return time.monotonic() + SEARCH_S


def search_retries() -> RetryPolicy:
    """How often a request is tried, and with which pauses."""
    return RetryPolicy(FIRST_PAUSE_S)


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
        policy, failures = search_retries(), 0
        while True:
            failures += 1
            try:
                answer = super().send(request, **options)
                why, asked_s = f"HTTP {answer.status_code}", retry_after_s(answer.headers)
                pause_s = policy.pause_s(failures, asked_s=asked_s, until=self._deadline)
                if answer.status_code not in BUSY or pause_s is None:
                    return answer
            except (requests.ConnectionError, requests.Timeout) as cause:
                why = type(cause).__name__
                pause_s = policy.pause_s(failures, until=self._deadline)
                if pause_s is None:
                    raise
            wait_before_retry(pause_s, f"{self._origin[1]}: {why}", time.sleep)
