"""Documents over https and S3: what stage-independent code needs to know of the network.

Where may be read from is `FetchAllowlist`; pixels are read in `pixels.read`, which shares the
connections.
"""

from __future__ import annotations

from resources.http.allowlist import Bucket, FetchAllowlist, redacted_href
from resources.http.loop import run_with_client
from resources.http.responses import RemoteChanged, RemoteError

__all__ = ["Bucket", "FetchAllowlist", "RemoteChanged", "RemoteError", "fetch_bytes"]


def fetch_bytes(reach: FetchAllowlist, href: str, *, limit: int) -> tuple[bytes, str | None]:
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
        raise RemoteError(f"The document {redacted_href(href)!r} {cause}.") from cause
    return run_with_client(lambda client: client.fetch_document(target, limit))
