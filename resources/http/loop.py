"""The one thread in which everything is fetched, with an event loop and connections kept open.

It starts with the first request of a process, and a process split off this one starts its own.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from resources.http.client import HttpClient

Result = TypeVar("Result")

CLOSE_S = 2.0  # longest wait for connections to close when the process ends


class _NetworkLoop:
    """An event loop in a daemon thread, and the client that lives in it."""

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: HttpClient | None = None

    def start(self) -> None:
        threading.Thread(target=self._serve, name="sitewatch-network", daemon=True).start()
        atexit.register(self._close, os.getpid())

    def run(self, work: Callable[[HttpClient], Coroutine[Any, Any, Result]]) -> Result:
        self._ready.wait()
        if self._loop is None or self._client is None:
            raise RuntimeError("The network's thread has ended; nothing can be fetched any more.")
        future = asyncio.run_coroutine_threadsafe(work(self._client), self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # an interrupted caller leaves nothing running
            raise

    def _serve(self) -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            self._client = loop.run_until_complete(_make_client())
            self._loop = loop
        finally:
            self._ready.set()
        loop.run_forever()
        loop.close()

    def _close(self, process: int) -> None:
        """Close the connections when the process ends, if this is the process that opened them."""
        if os.getpid() != process or self._loop is None or self._client is None:
            return
        loop, client, self._loop = self._loop, self._client, None
        closing = asyncio.run_coroutine_threadsafe(client.close(), loop)
        try:
            closing.result(CLOSE_S)
        except TimeoutError:
            return
        loop.call_soon_threadsafe(loop.stop)


async def _make_client() -> HttpClient:
    return HttpClient()


_LOOPS: dict[int, _NetworkLoop] = {}
"""By process: a fork inherits the parent's entry, whose thread it does not have."""


def run_with_client(work: Callable[[HttpClient], Coroutine[Any, Any, Result]]) -> Result:
    """What a coroutine over the common client gives; may be called from any thread but its own."""
    process = os.getpid()
    loop = _LOOPS.get(process)
    if loop is None:
        made = _NetworkLoop()
        loop = _LOOPS.setdefault(process, made)  # whoever comes second waits for the first's
        if loop is made:
            loop.start()
    return loop.run(work)
