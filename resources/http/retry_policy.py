"""Which failures are worth another attempt, and how long to wait before it: the one place.

Used behind aiohttp, requests and botocore, and by the lake and the senders of messages. What
failed, and what is said when it is given up, is known to those who ask.
"""

from __future__ import annotations

import email.utils
import logging
import math
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

ATTEMPTS: Final = 6  # of one request, the first included; chosen
LONGEST_PAUSE_S: Final = 20.0  # seconds; chosen
PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses of HTTP worth another attempt, whoever answers."""
MOST_GROWTHS: Final = 60  # 2^60 of any pause is longer than all limits; beyond 2^1023 is no number
TOLD_FROM_S: Final = 1.0  # seconds; pauses from here on are told at INFO, shorter ones at DEBUG

Rest = TypeVar("Rest")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often something is tried, and how long the pauses are.

    Attributes:
        first_s: pause after the first failure, seconds.
        longest_s: to which pauses grow; who asks for a longer one is given up at once.
        attempts: the first included; None where time alone ends them.
        growth: of each pause over the one before.
        spread: a pause is multiplied by a number between these two, drawn by chance, so that those
            who failed together do not come back together.
    """

    first_s: float
    longest_s: float = LONGEST_PAUSE_S
    attempts: int | None = ATTEMPTS
    growth: float = 2.0
    spread: tuple[float, float] = (1.0, 1.5)

    def grown_s(self, failures: int) -> float:
        """Seconds to wait after so many failures, from 1, whatever else is said."""
        grown = self.first_s * self.growth ** min(failures - 1, MOST_GROWTHS)
        return min(grown, self.longest_s) * random.uniform(*self.spread)  # noqa: S311 - spreads

    def pause_s(
        self, failures: int, *, asked_s: float | None = None, until: float = math.inf
    ) -> float | None:
        """Seconds to wait before the next attempt; None where it is given up.

        Args:
            failures: So far, from 1.
            asked_s: What the server asks to wait, at least.
            until: End of the time allowed, on the monotonic clock; no attempt begins after it.
        """
        is_last = self.attempts is not None and failures >= self.attempts
        if is_last or self.is_too_long(asked_s):
            return None
        pause_s = max(asked_s or 0.0, self.grown_s(failures))
        return pause_s if time.monotonic() + pause_s <= until else None

    def is_too_long(self, asked_s: float | None) -> bool:
        """Whether a server asks for a pause that it is not given."""
        return asked_s is not None and asked_s > self.longest_s


def retry_after_s(headers: Mapping[str, str], *, per_second: int = 1) -> float | None:
    """Seconds that the server asks to wait; None where it does not say so that it can be read.

    Args:
        headers: Of the answer; names in any case, as HTTP libraries give them.
        per_second: 1 as in the standard, 1000 where the service counts milliseconds.

    Source:
        RFC 9110, 10.2.3: a number of seconds or a date.
    """
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return int(text) / per_second
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OSError, OverflowError, TypeError, IndexError):  # what odd dates raise
        return None


def wait_before_retry(pause_s: float, why: str, sleep: Callable[[float], Rest]) -> Rest:
    """Wait, and tell the log why.

    Args:
        pause_s: Seconds.
        why: What failed, without secrets.
        sleep: Of `time`; or of `asyncio`, and then the result is to be awaited.
    """
    level = logging.INFO if pause_s >= TOLD_FROM_S else logging.DEBUG
    log.log(level, "%s; waiting %.2f s before the next attempt", why, pause_s)
    return sleep(pause_s)
