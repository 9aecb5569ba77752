"""Documents over https and S3: what stage-independent code needs to know of the network.

Where may be read from is `Reach`; pixels are read in `pixels.read`, which shares the connections.
"""

from __future__ import annotations

from resources.http.allowlist import Bucket, Reach, shown
from resources.http.loop import run
from resources.http.responses import RemoteChanged, RemoteError

__all__ = ["Bucket", "Reach", "RemoteChanged", "RemoteError", "fetch_bytes"]


def fetch_bytes(reach: Reach, href: str, *, limit: int) -> tuple[bytes, str | None]:
    """A small document, such as a catalogue's JSON, and its ETag (or date of change).

    Args:
        reach: Where may be read from.
        href: https or s3 address.
        limit: Bytes; a larger document is refused.

    Raises:
        RemoteError: it may not or cannot be read, is larger, or is sent elsewhere.
    """
    try:
        target = reach.target(href)
    except ValueError as cause:
        raise RemoteError(f"The document {shown(href)!r} {cause}.") from cause
    return run(lambda client: client.fetch_document(target, limit))
