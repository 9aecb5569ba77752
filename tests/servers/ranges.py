"""A loopback HTTP server over a folder, with Range, If-Match, counters and troubles on demand.

Tests import it as `from servers.ranges import serve_folder`. It knows nothing of rasters.
"""

import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]

    @property
    def span(self) -> tuple[int, int] | None:
        """First and last byte asked for."""
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        return (int(match[1]), int(match[2])) if match else None


@dataclass
class Trouble:
    """What goes wrong with the next requests for a path (any path if None).

    `spare` requests go well first, then `times` go wrong.
    """

    path: str | None = None
    times: int = 1
    spare: int = 0
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    """Bytes of the body, after which the connection is closed."""
    ignores_range: bool = False
    claims_range: str | None = None
    """A Content-Range to send in place of the right one."""
    pause_s: float = 0.0
    after: Callable[[], object] | None = None
    """Called when the answer has been sent."""

    def concerns(self, path: str) -> bool:
        """Whether this request goes wrong; counts it."""
        if self.times <= 0 or self.path not in {None, path}:
            return False
        if self.spare > 0:
            self.spare -= 1
            return False
        self.times -= 1
        return True


@dataclass
class FolderServer:
    """A running server: where it is, what it was asked, and what is to go wrong."""

    folder: Path
    url: str = ""
    latency_s: float = 0.0
    tag_style: str = "strong"
    """`strong`, `weak` or `none`."""
    asked: list[Asked] = field(default_factory=list)
    bytes_sent: int = 0
    troubles: list[Trouble] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reset(self) -> None:
        """Forget what was asked and what was to go wrong."""
        with self.lock:
            self.asked.clear()
            self.troubles.clear()
            self.bytes_sent = 0

    def note(self, request: Asked) -> Trouble | None:
        """Count a request; the trouble it runs into."""
        with self.lock:
            self.asked.append(request)
            return next((t for t in self.troubles if t.concerns(request.path)), None)

    def tag(self, path: Path) -> str:
        """ETag of a file: changes when the file does."""
        status = path.stat()
        strong = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
        return {"strong": strong, "weak": f"W/{strong}", "none": ""}[self.tag_style]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a body waits 40 ms behind its headers
    state: FolderServer

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def do_GET(self) -> None:
        self.answer(with_body=True)

    def answer(self, *, with_body: bool) -> None:
        asked = Asked(unquote(urlsplit(self.path).path), dict(self.headers.items()))
        trouble = self.state.note(asked) or Trouble()
        time.sleep(self.state.latency_s + trouble.pause_s)
        path = self.state.folder / asked.path.lstrip("/")
        if trouble.status is not None:
            self.send(trouble.status, dict(trouble.headers), b"", with_body=with_body)
        elif not path.is_file():
            self.send(404, {}, b"", with_body=with_body)
        elif asked.headers.get("If-Match") not in {None, self.state.tag(path)}:
            self.send(412, {}, b"", with_body=with_body)
        else:
            self.give(path, asked, trouble, with_body=with_body)
        if trouble.after is not None:
            trouble.after()

    def give(self, path: Path, asked: Asked, trouble: Trouble, *, with_body: bool) -> None:
        size = path.stat().st_size
        headers = {"Accept-Ranges": "bytes", "ETag": self.state.tag(path), **trouble.headers}
        span = None if trouble.ignores_range else asked.span
        if span is not None and span[0] >= size:
            self.send(416, {"Content-Range": f"bytes */{size}"}, b"", with_body=with_body)
            return
        first, last = (span[0], min(span[1], size - 1)) if span else (0, size - 1)
        with path.open("rb") as file:
            file.seek(first)
            body = file.read(last - first + 1)
        if span is not None:
            headers["Content-Range"] = trouble.claims_range or f"bytes {first}-{last}/{size}"
        self.send(206 if span else 200, headers, body, with_body=with_body, cut=trouble.cut_after)

    def send(
        self,
        status: int,
        headers: dict[str, str],
        body: bytes,
        *,
        with_body: bool,
        cut: int | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if not with_body:
            return
        sent = body if cut is None else body[:cut]
        with self.state.lock:
            self.state.bytes_sent += len(sent)
        try:
            self.wfile.write(sent)
        except ConnectionError:  # whoever asked went away
            cut = 0
        if cut is not None:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests clean."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Whoever hangs up in the middle of a request is no matter."""

    request_queue_size = 128  # default 5 makes a burst of connections wait for a second
    daemon_threads = True


@contextmanager
def serve_folder(
    folder: Path, *, latency_s: float = 0.0, tls: ssl.SSLContext | None = None
) -> Iterator[FolderServer]:
    """A server of a folder's files on this machine, until the end of the block."""
    state = FolderServer(Path(folder), latency_s=latency_s)
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"state": state}))
    state.url = f"http://127.0.0.1:{server.server_port}"
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        state.url = f"https://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
