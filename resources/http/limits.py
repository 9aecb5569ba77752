"""What keeps many requests within bounds: memory in flight, connections, and hosts that are down.

Belongs to the network's thread; knows no HTTP.
"""

from __future__ import annotations

import asyncio
import time

from resources.http.allowlist import CONNECTIONS, FetchTarget
from resources.http.responses import RemoteError

FAILURES = 3  # requests given up, one after the other, because no connection was possible
REST_S = 60.0  # for which a host is then left alone


class ByteBudget:
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


class HostLimiter:
    """Lets in as many requests at a time as a host takes, and none for a while if it is down."""

    def __init__(self, count: int) -> None:
        self.turn = asyncio.Semaphore(count)
        self._failures = 0
        self._shut_until = 0.0

    def check(self, target: FetchTarget) -> None:
        """RemoteError if the host could not be reached of late."""
        left = self._shut_until - time.monotonic()
        if left > 0:
            raise RemoteError(
                f"{target.host} could not be reached {FAILURES} times; it is asked again in "
                f"{left:.0f} seconds, so try later"
            )

    def reached(self) -> None:
        """The host answered, whatever it said."""
        self._failures = 0

    def given_up(self) -> None:
        """A request was given up because no connection was possible."""
        self._failures += 1
        if self._failures >= FAILURES:
            self._shut_until = time.monotonic() + REST_S


class HostLimiters:
    """The doors of all hosts and buckets."""

    def __init__(self) -> None:
        self._doors: dict[tuple[str, str], HostLimiter] = {}

    def of(self, target: FetchTarget) -> HostLimiter:
        """The one that leads to a target."""
        bucket = target.bucket
        key = (target.host, bucket.name if bucket else "")
        if key not in self._doors:
            self._doors[key] = HostLimiter(bucket.connections if bucket else CONNECTIONS)
        return self._doors[key]
