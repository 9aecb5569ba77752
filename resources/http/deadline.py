"""Whole HTTP answers of bounded size that come by a deadline, whatever the server does.

Requests' own timeout is for each piece that arrives: a server that sends a byte of a header every
minute holds a request for as long as it likes. What is asked, and tried again, is not known here.
"""

from __future__ import annotations

import io
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError

PIECE_BYTES = 65_536


class TooLarge(requests.exceptions.RequestException):
    """An answer has more bytes than are read."""


class TooSlow(requests.exceptions.RequestException):
    """An answer was not there, whole, at its deadline."""


class WholeAnswers(HTTPAdapter):
    """Sends a request at a time and reads its answer, both by the deadline.

    An answer keeps no connection: its `content` is there, decoded.
    """

    def __init__(self, *, deadline: float, limit: int) -> None:
        """Adapter for answers of up to `limit` bytes by `deadline`, on the monotonic clock."""
        super().__init__()  # urllib3's own retries would read a whole refusal, however large
        self._deadline = deadline
        self._limit = limit
        self._watch = _ConnectionWatch()

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]  # options are passed on
        """The answer to a request, which any status is.

        Raises:
            TooLarge: it is larger than may be.
            TooSlow: the deadline has passed.
            requests.RequestException: there is none, or it broke off.
        """
        self.check_time()
        with self._watch.until(self._deadline):
            try:
                return self._whole({**options, "stream": True}, request)
            except Exception as cause:  # whatever a cut connection gives: it is named by its reason
                if self._watch.is_over:
                    raise TooSlow("it did not finish in time") from cause
                raise

    def check_time(self) -> None:
        """TooSlow if the deadline has passed."""
        if time.monotonic() > self._deadline:
            raise TooSlow("it did not finish in time")

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> HTTPConnectionPool:
        """A pool whose connections are watched."""
        pool = super().get_connection_with_tls_context(*args, **options)
        kind = _WatchedTls if pool.scheme == "https" else _WatchedConnection
        pool.ConnectionCls = partial(kind, watch=self._watch)  # type: ignore[assignment]  # only called
        return pool

    def _whole(
        self, options: dict[str, Any], request: requests.PreparedRequest
    ) -> requests.Response:
        answer = super().send(request, **options)
        try:
            answer.raw = io.BytesIO(self._body(answer.raw))
        except HTTPError as cause:
            raise requests.ConnectionError(f"the answer broke off: {cause}") from cause
        if self._watch.is_over:  # a cut connection looks like the end of headers or body
            raise TooSlow("it did not finish in time")
        return answer

    def _body(self, raw: BaseHTTPResponse) -> bytes:
        body = bytearray()
        try:
            while piece := raw.read1(PIECE_BYTES, decode_content=True):
                body += piece
                if len(body) > self._limit:
                    raise TooLarge(f"an answer has more than {self._limit} bytes")
                self.check_time()
        finally:
            raw.close()
        return bytes(body)


class _ConnectionWatch:
    """Cuts the connection of the moment when time is up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.is_over = False

    @contextmanager
    def until(self, deadline: float) -> Iterator[None]:
        """Cut whatever is connected in the block at the deadline, on the monotonic clock."""
        timer = threading.Timer(max(0.0, deadline - time.monotonic()), self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self._hold(None)  # else a connection that is closed here would stay open there

    def hold(self, connected: socket.socket) -> None:
        """Watch a connection in place of the one before.

        A duplicate is held, since TLS takes the original apart; cutting one cuts both.
        """
        self._hold(socket.socket(fileno=os.dup(connected.fileno())))
        if self.is_over:
            self._cut()

    def _hold(self, connected: socket.socket | None) -> None:
        with self._lock:
            if self._socket is not None:
                self._socket.close()
            self._socket = connected

    def _end(self) -> None:
        self.is_over = True
        self._cut()

    def _cut(self) -> None:
        with self._lock, suppress(OSError):  # it may be closed by now
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_RDWR)


class _WatchedConnection(HTTPConnection):
    def __init__(self, *args: Any, watch: _ConnectionWatch, **options: Any) -> None:
        super().__init__(*args, **options)
        self._watch = watch

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        self._watch.hold(connected)
        return connected

    def request(self, *args: Any, **options: Any) -> None:
        if self.sock is not None:  # kept open since the request before
            self._watch.hold(self.sock)
        super().request(*args, **options)


class _WatchedTls(_WatchedConnection, HTTPSConnection):
    pass
