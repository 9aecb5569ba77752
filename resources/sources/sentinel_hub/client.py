"""Sends requests to Sentinel Hub: authorised, in bounded time, with bounded retries.

sentinelhub's own download client is not used: it repeats a 429 for ever and for as long as the
server says, follows redirects with the secret, waits for a token without a timeout, and its OAuth
library writes secret and token to the log at DEBUG. What is asked is not known here.
"""

from __future__ import annotations

import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

import requests
from sentinelhub.config import SHConfig
from sentinelhub.download.models import DownloadRequest
from urllib3.exceptions import HTTPError

from resources.http.deadline import TooLarge, WholeAnswers
from resources.http.retry_policy import PASSING, RetryPolicy, retry_after_s, wait_before_retry
from resources.sources.sentinel_hub.answers import (
    AccessToken,
    HubError,
    parse_token,
    refusal_reason,
    units_spent,
)

MAX_TOKEN_BYTES: Final = 1 << 16
LONGEST_WAIT_S: Final = 60.0  # that a server may ask for; its limits are per minute
FEWEST_RETRIES: Final = 5  # on 429, where the configuration says nothing
UNAUTHORIZED, TOO_MANY, SERVER_ERROR = 401, 429, 500
LIMITED: Final = "it is at its limit of requests (HTTP 429)"
MILLISECONDS: Final = 1000  # a second: how Sentinel Hub counts in Retry-After, unlike the standard
"""Its page on rate limits shows 3398 for 3.4 s."""


@dataclass(frozen=True, slots=True)
class HubAnswer:
    """What came back, how many requests it took, and the units it cost, as the server tells."""

    content: bytes
    requests: int
    units_spent: float | None


class HubClient:
    """One user of one Sentinel Hub; may be used by several threads, which share its token."""

    def __init__(self, config: SHConfig) -> None:
        self._config = config
        self._token: AccessToken | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"HubClient({self._config.sh_base_url!r})"

    def send(self, request: DownloadRequest, *, limit: int) -> HubAnswer:
        """The answer to a request.

        Args:
            request: As sentinelhub builds it; sent with a token.
            limit: Bytes that an answer may have.

        Raises:
            HubError: there is none; the message is a clause that says why and what to do.
        """
        patience = _RequestRetries(self._config)
        refused: AccessToken | None = None
        while True:
            token = self._valid_token(refused)
            headers = {**request.headers, "Authorization": f"Bearer {token.text}"}
            asked = requests.Request("POST", request.url, headers, json=request.post_values)
            patience.requests += 1
            answer = self._attempt(asked, patience, limit)
            if answer is None:
                continue
            if answer.status_code == requests.codes.ok:
                return HubAnswer(answer.content, patience.requests, units_spent(answer.headers))
            if answer.status_code == UNAUTHORIZED and refused is None:
                refused = token  # it may have expired on the way, or been withdrawn: once more
                continue
            secrets = (self._config.sh_client_secret, token.text, refused.text if refused else "")
            raise HubError(refusal_reason(answer.status_code, answer.content, secrets=secrets))

    def _valid_token(self, refused: AccessToken | None) -> AccessToken:
        """The token that all requests share, renewed when it is about to expire or was refused."""
        with self._lock:
            token = self._token
            if token is None or token is refused or token.is_expiring(time.monotonic()):
                token = self._token = self._new_token()
            return token

    def _new_token(self) -> AccessToken:
        patience = _RequestRetries(self._config)
        form = {
            "grant_type": "client_credentials",
            "client_id": self._config.sh_client_id,
            "client_secret": self._config.sh_client_secret,
        }
        asked = requests.Request("POST", self._config.sh_token_url, data=form)
        while True:
            asked_at = time.monotonic()
            answer = self._attempt(asked, patience, MAX_TOKEN_BYTES)
            if answer is None:
                continue
            if answer.status_code == requests.codes.ok:
                return parse_token(answer.content, asked_at)
            secrets = (self._config.sh_client_secret, self._token.text if self._token else "")
            told = refusal_reason(
                answer.status_code, answer.content, secrets=secrets, is_token=True
            )
            raise HubError(told)

    def _attempt(
        self, asked: requests.Request, patience: _RequestRetries, limit: int
    ) -> requests.Response | None:
        """One exchange; None after waiting where it failed in a way that may pass."""
        try:
            answer = _send_once(asked, self._config.download_timeout_seconds, limit)
        except TooLarge as cause:
            raise HubError(
                f"its answer has more than the {limit} bytes that it may have"
            ) from cause
        except (requests.RequestException, HTTPError, TimeoutError, ConnectionError) as cause:
            patience.after_failure(f"no whole answer came ({type(cause).__name__})", cause)
            return None
        if answer.status_code == TOO_MANY:
            patience.after_limit(retry_after_s(answer.headers, per_second=MILLISECONDS))
            return None
        if answer.status_code in PASSING or answer.status_code >= SERVER_ERROR:
            patience.after_failure(f"it failed with HTTP {answer.status_code}", None)
            return None
        return answer


@dataclass(slots=True)
class _RequestRetries:
    """Counts what one request has gone through, and waits before it is tried again."""

    config: SHConfig = field(repr=False)
    requests: int = 0
    failures: int = 0
    limits: int = 0

    def after_failure(self, what: str, cause: Exception | None) -> None:
        """Wait before the next attempt; HubError if this one was the last."""
        self.failures += 1
        policy = self._policy(self.config.max_download_attempts, growth=3.0)
        pause_s = policy.pause_s(self.failures)
        if pause_s is None:
            raise HubError(f"{what} in {self.failures} attempts; try again later") from cause
        wait_before_retry(pause_s, f"Sentinel Hub: {what}", time.sleep)

    def after_limit(self, asked_s: float | None) -> None:
        """Wait as long as the server asks, or as long as seems right; HubError if in vain."""
        self.limits += 1
        retries = FEWEST_RETRIES if self.config.max_retries is None else self.config.max_retries
        pause_s = self._policy(retries + 1, growth=2.0).pause_s(self.limits, asked_s=asked_s)
        if pause_s is None:
            why = f"also after {retries} waits; try again later, or read fewer sites at once"
            if self.limits <= retries:
                asks = f"and asks to wait {asked_s:.0f} s, more than {LONGEST_WAIT_S:.0f} s"
                why = f"{asks}; try again later"
            raise HubError(f"{LIMITED} {why}")
        wait_before_retry(pause_s, f"Sentinel Hub: {LIMITED}", time.sleep)

    def _policy(self, attempts: int, *, growth: float) -> RetryPolicy:
        return RetryPolicy(self.config.download_sleep_time, LONGEST_WAIT_S, attempts, growth)


def _send_once(asked: requests.Request, timeout: float, limit: int) -> requests.Response:
    """One request and its whole answer; nothing is followed, nothing is kept open."""
    session = requests.Session()
    session.trust_env = False  # no password out of .netrc in place of the token
    ready = session.prepare_request(asked)
    ready.headers["Accept-Encoding"] = "identity"  # the length says whether all came
    with closing(WholeAnswers(deadline=time.monotonic() + timeout, limit=limit)) as sender:
        return sender.send(ready, timeout=timeout)  # not the session: it understands redirects
