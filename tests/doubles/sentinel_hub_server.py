"""A Sentinel Hub on this machine: OAuth, Catalog and Process, strict about what it is asked.

It answers real pixels and can be told to fail as the real one does. Bodies are checked against
the published schema, evalscripts are run. Nothing of sitewatch is imported.
"""

import datetime as dt
import json
import secrets
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import BinaryIO, Self
from urllib.parse import parse_qs, unquote_plus

import shapely
from doubles.sentinel_hub_contract import Contract
from doubles.sentinel_hub_evaluator import BadScript, evaluate
from shapely.geometry import shape

TOKEN = "/auth/realms/main/protocol/openid-connect/token"
SEARCH = "/api/v1/catalog/1.0.0/search"
PROCESS = "/api/v1/process"


@dataclass(frozen=True)
class Fault:
    """What one answer is instead.

    `slow_s` is waited before anything is sent; `drip_s` after every byte of the body, and
    `header_drip_s` after every byte of a header that does not end; `cut` ends the body half-way;
    with a `status` the answer is that and `body`, else the real one; with `echo` its message
    repeats what was sent, secrets and all, as that function writes it.
    """

    status: int | None = None
    body: object = None
    headers: dict = field(default_factory=dict)
    slow_s: float = 0.0
    drip_s: float = 0.0
    header_drip_s: float = 0.0
    cut: bool = False
    echo: Callable[[str], str] | None = None
    is_chunked: bool = True


def error(status: int, reason: str, message: str, code: str) -> dict:
    """The body of an error of Process."""
    return {"error": {"status": status, "reason": reason, "message": message, "code": code}}


def too_many(retry_after_ms: int | None, *, wrapped: bool = True) -> Fault:
    body = error(429, "Too Many Requests", "Rate limit exceeded.", "RATE_LIMIT_EXCEEDED")
    headers = {} if retry_after_ms is None else {"Retry-After": str(retry_after_ms)}
    return Fault(429, body if wrapped else body["error"], headers)


def quota_gone() -> Fault:
    return Fault(
        403,
        error(
            403,
            "Forbidden",
            "Insufficient processing units or requests available in your account.",
            "ACCESS_INSUFFICIENT_PROCESSING_UNITS",
        ),
    )


def broken(status: int = 503) -> Fault:
    return Fault(status, error(status, "Server Error", "Illegal state.", "RENDERER_EXCEPTION"))


class Hub:
    """The server and what it remembers; use it as a context manager."""

    def __init__(self, contract: Contract, scenes: list) -> None:
        self.scenes = scenes
        self.client_id = "sh-" + secrets.token_hex(8)
        self.client_secret = secrets.token_urlsafe(24)
        self.token_life_s = 3600.0
        self.token_bytes = 40
        self.tokens: dict[str, float] = {}  # with the moment at which each ends
        self.asked: dict[str, list[dict]] = defaultdict(list)  # bodies that were valid, by path
        self.seen: list[str] = []  # paths of all requests
        self.refusals: list[str] = []  # of bodies that were not
        self.units = 0.0
        self.is_filtering = True  # False: a search ignores box and time
        self.is_remembering = False  # True: what was asked before is answered without any work
        self.has_suffix = True  # product names end in .SAFE, as CDSE's do
        self.page_items: int | None = None  # fewer than asked for
        self.is_last_page_empty = False
        self.extra_features: list[dict] = []
        self.contract = contract
        self.made: dict[str, tuple[bytes, float]] = {}  # answers to Process, by what was asked
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False  # slow answers are not waited for
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def profile(self, **fields: float) -> str:
        """A profile for this server, as sentinelhub's configuration file has it."""
        values = {
            "sh_client_id": self.client_id,
            "sh_client_secret": self.client_secret,
            "sh_base_url": self.url,
            "sh_token_url": self.url + TOKEN,
            **fields,
        }
        return "\n".join(["[double]", *(f"{name} = {json.dumps(v)}" for name, v in values.items())])

    @property
    def secrets(self) -> list[str]:
        """What must never be seen anywhere."""
        return [self.client_secret, *self.tokens]

    def fail(self, path: str, *faults: Fault) -> None:
        """The next answers on a path."""
        self._faults[path].extend(faults)

    def end_tokens(self) -> None:
        """Every token given out so far is refused from now on, though it seemed good."""
        with self._lock:
            self.tokens = dict.fromkeys(self.tokens, 0.0)

    def answer(self, path: str, headers: dict, body: bytes) -> tuple[int, dict, bytes, Fault]:
        """Status, headers and body, and how they are to be sent."""
        with self._lock:
            self.seen.append(path)
            fault = self._faults[path].popleft() if self._faults[path] else Fault()
        time.sleep(fault.slow_s)
        if fault.status is not None:
            told = fault.body
            if fault.echo:
                sent = f"{headers.get('authorization')} {unquote_plus(body.decode())}"
                told = error(fault.status, "Bad Request", fault.echo(sent), "COMMON_BAD_PAYLOAD")
            content = told if isinstance(told, bytes) else json.dumps(told).encode()
            return fault.status, fault.headers, content, fault
        status, extra, content = self._route(path, headers, body)
        return status, extra, content, fault

    def _route(self, path: str, headers: dict, body: bytes) -> tuple[int, dict, bytes]:
        if path == TOKEN:
            return self._token(body)
        if not self._is_authorised(headers):
            message = "The access token is not valid or has expired."
            return _json(401, error(401, "Unauthorized", message, "COMMON_UNAUTHORIZED"))
        if path not in {SEARCH, PROCESS}:
            return _json(404, error(404, "Not Found", "No such path.", "COMMON_NOT_FOUND"))
        asked = json.loads(body)
        check = {SEARCH: self.contract.faults_of_search, PROCESS: self.contract.faults_of_process}
        faults = check[path](asked)
        if path == PROCESS and headers.get("accept") != "image/tiff":
            faults.append(f"one TIFF is asked for, but accepted is {headers.get('accept')}")
        if faults:
            return self._refused(path, "; ".join(faults))
        self.asked[path].append(asked)
        return self._search(asked) if path == SEARCH else self._process(asked)

    def _token(self, body: bytes) -> tuple[int, dict, bytes]:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if form.get("grant_type") != "client_credentials":
            return _json(400, {"error": "unsupported_grant_type"})
        given = (form.get("client_id"), form.get("client_secret"))
        if given != (self.client_id, self.client_secret):
            told = "Invalid client or Invalid client credentials"
            return _json(401, {"error": "invalid_client", "error_description": told})
        text = secrets.token_urlsafe(self.token_bytes)
        with self._lock:
            self.tokens[text] = time.monotonic() + self.token_life_s
        return _json(
            200, {"access_token": text, "expires_in": self.token_life_s, "token_type": "Bearer"}
        )

    def _is_authorised(self, headers: dict) -> bool:
        kind, _, text = headers.get("authorization", "").partition(" ")
        return kind == "Bearer" and self.tokens.get(text, 0.0) > time.monotonic()

    def _refused(self, path: str, message: str) -> tuple[int, dict, bytes]:
        self.refusals.append(message)
        if path == SEARCH:
            return _json(400, {"code": "400", "description": message})
        return _json(400, error(400, "Bad Request", message, "COMMON_BAD_PAYLOAD"))

    def _search(self, body: dict) -> tuple[int, dict, bytes]:
        found = [
            scene.feature(self.url, with_suffix=self.has_suffix)
            for scene in self.scenes
            if not self.is_filtering or _is_wanted(scene, body)
        ] + self.extra_features
        size = self.page_items or body.get("limit", 10)
        start = body.get("next", 0)
        page = found[start : start + size]
        has_more = start + size < len(found) or (self.is_last_page_empty and bool(page))
        context = {"limit": size, "returned": len(page)}
        if has_more:
            context["next"] = start + size
        return _json(200, {"type": "FeatureCollection", "features": page, "context": context})

    def _process(self, body: dict) -> tuple[int, dict, bytes]:
        try:
            asked = json.dumps(body)
            if asked not in self.made or not self.is_remembering:
                self.made[asked] = evaluate(body, self.scenes)
            content, units = self.made[asked]
        except BadScript as fault:
            return self._refused(PROCESS, str(fault))
        self.units += units
        headers = {"Content-Type": "image/tiff", "x-processingunits-spent": repr(units)}
        return 200, headers, content


def _is_wanted(scene, body: dict) -> bool:
    first, last = (dt.datetime.fromisoformat(end) for end in body["datetime"].split("/"))
    place = shape(scene.geometry)
    return first <= scene.sensed_at <= last and place.intersects(shapely.box(*body["bbox"]))


def _json(status: int, content: object) -> tuple[int, dict, bytes]:
    return status, {"Content-Type": "application/json"}, json.dumps(content).encode()


def _drip_headers(out: BinaryIO, pause_s: float) -> None:
    """The beginning of a header that is longer than anyone waits for; nothing without a pause."""
    for part in (b"HTTP/1.1 200 OK\r\nX-Long: ", *([b"x"] * 100)) if pause_s else ():
        out.write(part)
        time.sleep(pause_s)


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                status, extra, content, how = hub.answer(self.path, headers, body)
            except Exception as fault:
                hub.refusals.append(f"the double itself failed: {fault!r}")
                raise
            self.close_connection = True
            with suppress(BrokenPipeError, ConnectionResetError):  # a client may have enough
                self._send(status, extra, content, how)

        def _send(self, status: int, extra: dict, content: bytes, how: Fault) -> None:
            _drip_headers(self.wfile, how.header_drip_s)
            self.send_response(status)
            for name, value in extra.items():
                self.send_header(name, value)
            self.send_header("Connection", "close")
            if how.is_chunked:
                self.send_header("Transfer-Encoding", "chunked")
            else:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            sent = content[: len(content) // 2] if how.cut else content
            step = 1 if how.drip_s else 65_536
            for start in range(0, len(sent), step):
                part = sent[start : start + step]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part) if how.is_chunked else part)
                self.wfile.flush()
                time.sleep(how.drip_s)
            if how.is_chunked and not how.cut:
                self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: object) -> None:
            pass

    return Handler
