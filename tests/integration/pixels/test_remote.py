"""Fetching over the network: patient, resumed, never led elsewhere, no secret in any word."""

import datetime as dt
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email.utils import format_datetime
from pathlib import Path

import numpy as np
import pytest
from servers.ranges import FolderServer, Trouble, serve_folder

from resources.http import retry
from resources.http.documents import FetchAllowlist, RemoteChanged, RemoteError, fetch_bytes
from resources.http.loop import run_with_client
from resources.http.retry import FilePart, ReadingTally

HERE = FetchAllowlist(is_loopback=True)
CONTENT = np.random.default_rng(0).integers(0, 256, 400_000, dtype=np.uint8).tobytes()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FolderServer]:
    """A server of one file; pauses are short, so that the tests are."""
    monkeypatch.setattr(retry, "FIRST_PAUSE_S", 0.01)
    (tmp_path / "a.tif").write_bytes(CONTENT)
    with serve_folder(tmp_path) as found:
        yield found


def fetch(
    server: FolderServer, start: int, stop: int, tally: ReadingTally | None = None
) -> FilePart:
    target = HERE.target(f"{server.url}/a.tif")
    return run_with_client(
        lambda client: client.fetch(target, start, stop, tally=tally or ReadingTally())
    )


def test_a_part_comes_with_size_and_tag_of_the_file(server: FolderServer) -> None:
    tally = ReadingTally()
    part = fetch(server, 1000, 2000, tally)
    assert bytes(part.data) == CONTENT[1000:2000]
    assert part.version.size == len(CONTENT)
    assert part.version.tag == server.tag(server.folder / "a.tif")
    assert (tally.requests, tally.bytes_read) == (1, 1000)
    assert bytes(fetch(server, 399_000, 500_000).data) == CONTENT[399_000:]


def test_requests_say_who_asks_and_keep_nothing_else(server: FolderServer) -> None:
    fetch(server, 0, 10)
    (asked,) = server.asked
    assert asked.headers["User-Agent"].startswith("sitewatch")
    assert asked.headers["Accept-Encoding"] == "identity"
    assert {"Cookie", "Authorization", "Referer"}.isdisjoint(asked.headers)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(server: FolderServer, status: int) -> None:
    server.troubles.append(Trouble(status=status, times=3))
    tally = ReadingTally()
    assert bytes(fetch(server, 5, 50, tally).data) == CONTENT[5:50]
    assert tally.requests == 4


def test_a_server_that_stays_busy_is_given_up(server: FolderServer) -> None:
    server.troubles.append(Trouble(status=503, times=99))
    with pytest.raises(RemoteError, match=r"could not be fetched in 6 attempts.*503"):
        fetch(server, 5, 50)
    assert len(server.asked) == 6


def test_a_short_pause_that_is_asked_for_is_kept(server: FolderServer) -> None:
    server.troubles.append(Trouble(status=429, headers={"Retry-After": "1"}))
    before = time.monotonic()
    fetch(server, 0, 5)
    assert time.monotonic() - before >= 1


@pytest.mark.parametrize("is_date", [True, False])
def test_a_long_pause_that_is_asked_for_ends_the_reading(
    server: FolderServer, *, is_date: bool
) -> None:
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(days=300)
    text = format_datetime(moment, usegmt=True) if is_date else "3600"
    server.troubles.append(Trouble(status=429, times=9, headers={"Retry-After": text}))
    with pytest.raises(RemoteError, match=r"asking for a pause of \d+ seconds"):
        fetch(server, 0, 5)
    assert len(server.asked) == 1


def test_a_body_cut_short_is_resumed_where_it_ended(server: FolderServer) -> None:
    server.troubles += [Trouble(cut_after=100_000), Trouble(cut_after=50_000)]
    tally = ReadingTally()
    part = fetch(server, 10_000, 390_000, tally)
    assert bytes(part.data) == CONTENT[10_000:390_000]
    assert [one.span for one in server.asked] == [
        (10_000, 389_999),
        (110_000, 389_999),
        (160_000, 389_999),
    ]
    tag = server.tag(server.folder / "a.tif")
    assert [one.headers.get("If-Match") for one in server.asked] == [None, tag, tag]
    assert (tally.requests, tally.bytes_read) == (3, 380_000)


@pytest.mark.parametrize("style", ["strong", "weak", "none"])
def test_a_file_that_changes_while_it_is_resumed_is_not_mixed(
    server: FolderServer, style: str
) -> None:
    server.tag_style = style
    path = server.folder / "a.tif"
    server.troubles.append(
        Trouble(cut_after=1000, after=lambda: path.write_bytes(CONTENT[::-1] + b"more"))
    )
    with pytest.raises(RemoteChanged, match="changed while it was read"):
        fetch(server, 0, 300_000)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_its_address_not_told(server: FolderServer, status: int) -> None:
    elsewhere = "http://elsewhere.example/a.tif?X-Amz-Signature=SECRET"
    server.troubles.append(Trouble(status=status, times=9, headers={"Location": elsewhere}))
    with pytest.raises(RemoteError, match="redirects are not followed") as caught:
        fetch(server, 0, 10)
    assert "elsewhere.example" in str(caught.value)
    assert "SECRET" not in str(caught.value)
    assert len(server.asked) == 1
    with pytest.raises(RemoteError, match="redirects are not followed"):
        fetch_bytes(HERE, f"{server.url}/a.tif", limit=10**6)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(404, "there is no such file"), (403, "without a key"), (401, "without a key"), (410, "gone")],
)
def test_a_refusal_is_told_once_and_not_tried_again(
    server: FolderServer, status: int, reason: str
) -> None:
    server.troubles.append(Trouble(status=status, times=9))
    with pytest.raises(RemoteError, match=rf"a\.tif answered {status} .*{reason}"):
        fetch(server, 0, 10)
    assert len(server.asked) == 1


def test_a_small_file_sent_whole_is_taken(server: FolderServer) -> None:
    server.troubles.append(Trouble(ignores_range=True))
    part = fetch(server, 100, 200)
    assert (part.start, bytes(part.data)) == (100, CONTENT[100:200]), "no more is kept than asked"
    assert not part.version.is_in_parts


def test_a_small_file_sent_whole_and_cut_is_taken_from_its_beginning(server: FolderServer) -> None:
    server.troubles += [
        Trouble(ignores_range=True, cut_after=1000),
        Trouble(ignores_range=True),
    ]
    assert bytes(fetch(server, 500, 300_000).data) == CONTENT[500:300_000]


def test_a_large_file_sent_whole_is_refused_unread(
    server: FolderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.http.responses.WHOLE_BYTES", 100_000)
    server.troubles.append(Trouble(ignores_range=True, times=9))
    tally = ReadingTally()
    with pytest.raises(RemoteError, match="sends files whole"):
        fetch(server, 100, 200, tally)
    assert tally.bytes_read == 0


@pytest.mark.parametrize(
    "claim",
    [
        "bytes 0-99/400000",
        "bytes 100-250/400000",
        "bytes 100-199/*",
        "pages 1-2/3",
        "bytes 100-150/400000",
    ],
)
def test_another_part_than_was_asked_for_is_refused(server: FolderServer, claim: str) -> None:
    server.troubles.append(Trouble(claims_range=claim, times=9))
    with pytest.raises(RemoteError, match="expected bytes 100-199 of"):
        fetch(server, 100, 200)


def test_an_answer_that_was_encoded_is_refused(server: FolderServer) -> None:
    server.troubles.append(Trouble(headers={"Content-Encoding": "gzip"}))
    with pytest.raises(RemoteError, match="sent encoded"):
        fetch(server, 0, 10)


def test_what_does_not_come_in_time_is_given_up(
    server: FolderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "REQUEST_S", 0.3)
    server.troubles.append(Trouble(pause_s=1.0))
    with pytest.raises(RemoteError, match="did not come within"):
        fetch(server, 0, 10)


def test_a_machine_that_does_not_answer_is_one_clear_error(server: FolderServer) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(RemoteError, match="no connection was possible"):
        fetch_bytes(HERE, f"http://127.0.0.1:{port}/x", limit=10)


@contextmanager
def speaking(text: bytes) -> Iterator[str]:
    """A server that says the same to whoever connects, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)

        def talk() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(10_000)
                    connection.sendall(text)

        thread = threading.Thread(target=talk)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\0" * 1000,
        b"HTTP/1.1 206 Partial Content\r\nContent-Length: ten\r\n\r\n",
        b"HTTP/1.1 206 Partial Content\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/10\r\n"
        b"Content-Length: 900\r\n\r\n" + b"x" * 900,
    ],
)
def test_a_server_that_does_not_speak_http_is_one_clear_error(
    monkeypatch: pytest.MonkeyPatch, text: bytes
) -> None:
    monkeypatch.setattr(retry, "FIRST_PAUSE_S", 0.001)
    with speaking(text) as url, pytest.raises(RemoteError):
        run_with_client(
            lambda client: client.fetch(HERE.target(f"{url}/a"), 0, 10, tally=ReadingTally())
        )


def test_a_document_is_read_whole_up_to_its_limit(server: FolderServer) -> None:
    href = f"{server.url}/a.tif"
    assert fetch_bytes(HERE, href, limit=len(CONTENT)) == (
        CONTENT,
        server.tag(server.folder / "a.tif"),
    )
    assert "Range" not in server.asked[0].headers
    with pytest.raises(RemoteError, match="more than 1000 bytes"):
        fetch_bytes(HERE, href, limit=1000)


def test_a_document_out_of_reach_is_refused_without_its_query(server: FolderServer) -> None:
    with pytest.raises(RemoteError, match="credentials, query or fragment") as caught:
        fetch_bytes(HERE, f"{server.url}/a.tif?key=SECRET", limit=10)
    with pytest.raises(RemoteError, match="not a host") as other:
        fetch_bytes(HERE, "https://example.org/a.json", limit=10)
    assert "SECRET" not in str(caught.value) + str(other.value)
    assert not server.asked


def test_many_threads_share_one_client(server: FolderServer) -> None:
    with ThreadPoolExecutor(16) as pool:
        starts = [int(start) for start in np.random.default_rng(1).integers(0, 300_000, 200)]
        parts = list(pool.map(lambda start: fetch(server, start, start + 5000), starts))
    for start, part in zip(starts, parts, strict=True):
        assert bytes(part.data) == CONTENT[start : start + 5000]
