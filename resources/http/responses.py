"""What an HTTP answer to a request for part of a file means, and whether it is what was asked for.

Looks at status and headers only; sending and waiting are `http.client`'s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

from resources.errors import SitewatchError
from resources.http.allowlist import FetchTarget
from resources.http.retry_policy import PASSING, retry_after_s

WHOLE_BYTES = 16 * 1024 * 1024
"""A server that ignores Range is heard out up to this size; beyond it the answer is refused."""
CONTENT_RANGE = re.compile(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19})")


class RemoteError(SitewatchError):
    """Something could not be fetched over the network; says why and holds no secret."""


class RemoteRefused(RemoteError):
    """An answer that would be the same at another time: no such file, no right, elsewhere."""


class RemoteChanged(RemoteError):
    """A file is not the one that an earlier request saw."""


class RequestInterrupted(Exception):
    """An answer or its body did not come; another try may succeed.

    `pause_s` is what the server asks us to wait; `is_dark` tells that no connection was possible.
    """

    def __init__(self, reason: str, pause_s: float | None = None, *, is_dark: bool = False) -> None:
        super().__init__(reason)
        self.pause_s = pause_s
        self.is_dark = is_dark


@dataclass(frozen=True, slots=True)
class FileVersion:
    """What a server says of the content of a file.

    Attributes:
        size: bytes of the whole file.
        tag: its ETag, else the date of its last change; None if the server gives neither.
        is_in_parts: the server gave the part that was asked for, and not the whole file.
    """

    size: int
    tag: str | None
    is_in_parts: bool = field(default=True, compare=False)

    @property
    def condition(self) -> dict[str, str]:
        """Headers that make the server refuse if the file is another; weak tags never match."""
        is_strong = self.tag is not None and self.tag.startswith('"')
        return {"If-Match": self.tag} if is_strong and self.tag else {}


@dataclass(frozen=True, slots=True)
class BodyRange:
    """Which bytes of the file the body of an answer holds: [start, stop)."""

    start: int
    stop: int
    version: FileVersion


def parse_range_response(
    target: FetchTarget, status: int, headers: Mapping[str, str], *, start: int, stop: int
) -> BodyRange:
    """What the body of an answer to a request for [start, stop) holds.

    Raises:
        Interrupted: the server asks for patience.
        RemoteError: it refuses, or answers something else than was asked.
    """
    tag = _accepted_tag(target, status, headers)
    if status == HTTPStatus.OK:
        size = _whole_length(target, headers)
        return BodyRange(0, size, FileVersion(size, tag, is_in_parts=False))
    return _parse_content_range(
        target, headers.get("Content-Range", ""), tag, start=start, stop=stop
    )


def whole_response_tag(target: FetchTarget, status: int, headers: Mapping[str, str]) -> str | None:
    """The ETag, or date of change, of a document that was asked for whole; errors as above."""
    tag = _accepted_tag(target, status, headers)
    if status != HTTPStatus.OK:
        raise RemoteError(f"{target.href} was asked for whole and sent in part")
    return tag


def _accepted_tag(target: FetchTarget, status: int, headers: Mapping[str, str]) -> str | None:
    """The ETag, or date of change, of an answer that has what was asked for."""
    if status in PASSING:
        raise RequestInterrupted(f"it answered {_status_text(status)}", retry_after_s(headers))
    if status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
        raise _refusal_error(target, status, headers)
    if headers.get("Content-Encoding", "identity") != "identity":
        raise RemoteError(f"{target.href} was sent encoded, though it was asked for as it is")
    return headers.get("ETag") or headers.get("Last-Modified")


def _whole_length(target: FetchTarget, headers: Mapping[str, str]) -> int:
    """Bytes of a whole file that came although a part was asked for."""
    text = headers.get("Content-Length", "")
    if not re.fullmatch(r"\d{1,19}", text) or int(text) > WHOLE_BYTES:
        raise RemoteError(
            f"{target.host} sends files whole ({text or 'unknown'} bytes of {target.href}), where "
            "parts were asked for; only servers that understand Range are read from"
        )
    return int(text)


def _parse_content_range(
    target: FetchTarget, text: str, tag: str | None, *, start: int, stop: int
) -> BodyRange:
    match = CONTENT_RANGE.fullmatch(text)
    if match is None:
        raise RemoteError(
            f"expected bytes {start}-{stop - 1} of {target.href}, found the range {text[:60]!r}"
        )
    first, last, size = (int(part) for part in match.groups())
    if first != start or last != min(stop, size) - 1:
        raise RemoteError(
            f"expected bytes {start}-{stop - 1} of {target.href}, found bytes {first}-{last} "
            f"of {size}"
        )
    return BodyRange(first, last + 1, FileVersion(size, tag))


def _refusal_error(target: FetchTarget, status: int, headers: Mapping[str, str]) -> RemoteError:
    """The error for a status that no second try would change."""
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return RemoteRefused(
            f"{target.href} is sent elsewhere ({status}, to {_redirect_host(headers)!r}); "
            f"redirects are not "
            "followed" + ("; set the bucket's region" if target.bucket else "")
        )
    if status == HTTPStatus.PRECONDITION_FAILED:
        return RemoteChanged(f"{target.href} changed while it was read; read it again")
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return RemoteRefused(f"{target.href} ends before the bytes that were asked for")
    keys = "with these keys" if target.bucket and target.bucket.key_id else "without a key"
    hints = {
        int(HTTPStatus.NOT_FOUND): "there is no such file",
        int(HTTPStatus.GONE): "the file is gone",
        int(HTTPStatus.UNAUTHORIZED): f"it may not be read {keys}",
        int(HTTPStatus.FORBIDDEN): f"it may not be read {keys}",
    }
    return RemoteRefused(
        f"{target.href} answered {_status_text(status)}: {hints.get(status, 'it cannot be read')}"
    )


def _redirect_host(headers: Mapping[str, str]) -> str:
    """Host of a redirect; the rest of its address may hold a signature."""
    try:
        return (urlsplit(headers.get("Location", "")).hostname or "the same host")[:80]
    except ValueError:
        return "an address that cannot be understood"


def _status_text(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
