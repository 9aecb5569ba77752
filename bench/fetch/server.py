"""A server on this machine that answers like one far away: late, in parts, and counting.

It runs in a process of its own and knows nothing of rasters: files, ranges and time only.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO, Final

LATENCY_S: Final = 0.030  # from a request to the first byte of its answer
PIECE: Final = 262_144  # bytes handed to the system at once
HELD_PIECE: Final = 16_384  # the same over a held link, so that connections share it evenly
BURST_S: Final = 0.002  # how far a held link may be ahead; sleeps are no finer than this
RANGE: Final = re.compile(rb"\r\nrange: *bytes=(\d*)-(\d*) *\r\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the server was asked since the counters were last set to nothing."""

    requests: int
    most_requests: int
    sent_bytes: int
    connections: int
    cpu_s: float


@dataclass(slots=True)
class _Counters:
    by_path: Counter[str] = field(default_factory=Counter)
    sent_bytes: int = 0
    connections: int = 0
    started_cpu_s: float = field(default_factory=time.process_time)

    def traffic(self) -> Traffic:
        return Traffic(
            requests=self.by_path.total(),
            most_requests=max(self.by_path.values(), default=0),
            sent_bytes=self.sent_bytes,
            connections=self.connections,
            cpu_s=time.process_time() - self.started_cpu_s,
        )


class Server:
    """The server's process, as its owner sees it; `root` is the address it answers at."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.root = f"http://127.0.0.1:{pipe.recv()}"

    def begin(self, bytes_per_second: float | None) -> None:
        """Set the counters to nothing, and hold the link to so many bytes a second (or not)."""
        self._pipe.send(bytes_per_second)
        self._pipe.recv()

    def traffic(self) -> Traffic:
        """What was asked since."""
        self._pipe.send("traffic")
        traffic: Traffic = self._pipe.recv()
        return traffic


@contextlib.contextmanager
def serving(files: dict[str, Path]) -> Iterator[Server]:
    """A server of these files, each under every address that ends in its name."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(files, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Server(ours)
    finally:
        ours.close()
        process.join(timeout=5)
        process.terminate()


def _run(files: dict[str, Path], pipe: Connection) -> None:
    with contextlib.ExitStack() as stack:
        contents = {name: stack.enter_context(path.open("rb")) for name, path in files.items()}
        sizes = {name: path.stat().st_size for name, path in files.items()}
        asyncio.run(_Link(contents, sizes).serve(pipe))


class _Link:
    """The files behind a link with a delay, and a rate that all connections share."""

    def __init__(self, contents: Mapping[str, BinaryIO], sizes: dict[str, int]) -> None:
        self._contents = contents
        self._sizes = sizes
        self._counters = _Counters()
        self._bytes_per_second: float | None = None
        self._free_at = 0.0  # when all that was let through will have gone over the held link

    async def serve(self, pipe: Connection) -> None:
        """Answer until the owner closes its end of the pipe."""
        loop, closed = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=512)
        pipe.send(server.sockets[0].getsockname()[1])

        def obey() -> None:
            try:
                pipe.send(self._order(pipe.recv()))
            except EOFError:
                loop.remove_reader(pipe.fileno())
                closed.set()

        loop.add_reader(pipe.fileno(), obey)
        await closed.wait()
        server.close()

    def _order(self, order: float | str | None) -> Traffic | None:
        if isinstance(order, str):
            return self._counters.traffic()
        self._counters, self._bytes_per_second, self._free_at = _Counters(), order, 0.0
        return None

    async def _connection(self, asked: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        self._counters.connections += 1
        ends = (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError)
        with contextlib.suppress(*ends):  # the reader hangs up, or the server is closing
            while True:
                await self._answer(await asked.readuntil(b"\r\n\r\n"), out)
        out.close()

    async def _answer(self, head: bytes, out: asyncio.StreamWriter) -> None:
        method, path, _ = head.split(b" ", 2)
        self._counters.by_path[path.decode()] += 1
        await asyncio.sleep(LATENCY_S)
        name = path.rsplit(b"/", 1)[-1].decode()
        if name not in self._contents:
            out.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        size = self._sizes[name]
        asked = _range(head, size)
        start, end = asked or (0, size)
        part = f"Content-Range: bytes {start}-{end - 1}/{size}\r\n" if asked else ""
        out.write(
            f"HTTP/1.1 {'206 Partial Content' if asked else '200 OK'}\r\n"
            f"{part}Content-Length: {end - start}\r\n"
            "Accept-Ranges: bytes\r\nContent-Type: image/tiff\r\n"
            "Last-Modified: Mon, 14 Aug 2023 12:00:00 GMT\r\n"
            f'ETag: "{name}-{size}"\r\n\r\n'.encode()
        )
        if method == b"GET":
            await self._send(self._contents[name], start, end, out)

    async def _send(
        self, content: BinaryIO, start: int, end: int, out: asyncio.StreamWriter
    ) -> None:
        """The bytes from start to end, as the rate allows; the system copies them, not Python."""
        loop, held = asyncio.get_running_loop(), self._bytes_per_second is not None
        while start < end:
            count = min(end - start, HELD_PIECE if held else PIECE)
            await self._wait(count)
            self._counters.sent_bytes += count  # before, since a reader may be done with it sooner
            await loop.sendfile(out.transport, content, start, count)
            start += count

    async def _wait(self, count: int) -> None:
        """Until so many bytes may go over the held link: first come, first served."""
        if self._bytes_per_second is None:
            return
        now = time.monotonic()
        self._free_at = max(self._free_at, now) + count / self._bytes_per_second
        if self._free_at - now > BURST_S:
            await asyncio.sleep(self._free_at - now)


def _range(head: bytes, size: int) -> tuple[int, int] | None:
    """First byte asked for and the one after the last; None where no range is asked."""
    match = RANGE.search(head)
    if match is None:
        return None
    first, last = match[1], match[2]
    if not first:
        return max(size - int(last), 0), size
    return int(first), min(int(last) + 1, size) if last else size
