"""From where pixels and documents may be fetched, and what is asked of the network for an address.

Decides and translates only; nothing here connects to anything (that is `http.client`).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, urlsplit

BUCKET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
HTTP_PORT, HTTPS_PORT = 80, 443
MAX_HREF = 2048  # characters; real ones have about 150
CONNECTIONS = 48  # to one host at a time, where it sets no limit of its own
QUIET = re.compile(r"[?#].*$|(?<=//)[^/@]*@", re.DOTALL)
"""What may be secret in an address: its query, fragment and credentials."""
UNREADABLE = re.compile(r"[^\x21-\x7e]|\\")
"""Blanks, control characters, letters beyond ASCII and backslashes: read differently by different
programs, and none is in an address that a catalogue should give."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """An S3 bucket that may be read, as s3://NAME/KEY.

    Attributes:
        name: of the bucket.
        endpoint: address of an S3 server; None for Amazon's own.
        region: None for us-east-1, and for an Amazon bucket read without keys.
        key_id: with `secret` and `token` signs requests; None sends them unsigned.
        is_requester_paid: the operator said that he pays for what is read.
        connections: that may be open to it at a time.
    """

    name: str
    endpoint: str | None = None
    region: str | None = None
    key_id: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    is_requester_paid: bool = False
    connections: int = CONNECTIONS

    def __post_init__(self) -> None:
        if not BUCKET_NAME.fullmatch(self.name):
            raise ValueError(f"A bucket has a name like 'my-bucket', found {self.name[:80]!r}.")
        if (self.key_id is None) != (self.secret is None):
            raise ValueError(f"The bucket {self.name} needs a key and its secret; give both.")
        if self.endpoint is not None:
            _check_endpoint(self.endpoint)

    def url(self, key: str) -> str:
        """Address of an object over https (http for an endpoint on this machine).

        Amazon's own is virtual-hosted, save for names with dots, which its certificate does not
        cover.
        """
        path = quote(key, safe="/~")
        if self.endpoint is not None:
            return f"{self.endpoint.rstrip('/')}/{self.name}/{path}"
        host = f"s3.{self.region}.amazonaws.com" if self.region else "s3.amazonaws.com"
        if "." in self.name or self.name != self.name.lower():
            return f"https://{host}/{self.name}/{path}"
        return f"https://{self.name}.{host}/{path}"


@dataclass(frozen=True, slots=True)
class FetchTarget:
    """What to ask the network for: an address, and the bucket whose keys sign the request."""

    href: str
    url: str
    bucket: Bucket | None = None

    @property
    def host(self) -> str:
        """Host and port, for messages."""
        return urlsplit(self.url).netloc


@dataclass(frozen=True, slots=True)
class FetchAllowlist:
    """Where pixels and documents may be fetched from; everything else is refused.

    Attributes:
        hosts: names, in lower case, read over https; `name:port` for a port that is not 443.
        is_loopback: this machine too, and there over plain http as well.
        buckets: read as s3://NAME/KEY.
        loopback_ports: of this machine that may be read where `is_loopback`; None for all.
    """

    hosts: frozenset[str] = frozenset()
    is_loopback: bool = False
    buckets: tuple[Bucket, ...] = ()
    loopback_ports: frozenset[int] | None = None

    def checked(self, href: str) -> str:
        """The address unchanged, if it is one that may be fetched.

        Raises:
            ValueError: it is not; the text continues a sentence that names it.
        """
        return self.target(href).href

    def target(self, href: str) -> FetchTarget:
        """What to ask the network for; ValueError as `checked`."""
        parts = _split_href(href)
        if parts.scheme == "s3":
            return self._object(href, parts)
        if parts.scheme not in {"https", "http"}:
            raise ValueError(f"must be an https or s3 address, found {redacted_href(href)!r}")
        host = parts.hostname or ""
        if is_loopback_host(host):
            if not self.is_loopback:
                raise ValueError(f"is on {host!r}, this machine, from which nothing is read")
            self._check_port(host, parts)
        elif parts.scheme == "http":
            raise ValueError(f"must be an https address, found {redacted_href(href)!r}")
        elif _is_inner_address(host) or not self._is_listed(host, parts.port):
            raise ValueError(f"is on {host!r}, which is not a host that scenes are read from")
        return FetchTarget(href, href)

    def _check_port(self, host: str, parts: SplitResult) -> None:
        port = parts.port or (HTTPS_PORT if parts.scheme == "https" else HTTP_PORT)
        if self.loopback_ports is not None and port not in self.loopback_ports:
            raise ValueError(f"is on port {port} of {host!r}, from which nothing is read")

    def _is_listed(self, host: str, port: int | None) -> bool:
        return (host if port in {None, HTTPS_PORT} else f"{host}:{port}") in self.hosts

    def _object(self, href: str, parts: SplitResult) -> FetchTarget:
        for bucket in self.buckets:
            if bucket.name == parts.netloc and parts.path.strip("/"):
                return FetchTarget(href, bucket.url(parts.path[1:]), bucket)
        raise ValueError(f"is in the bucket {parts.netloc!r}, which scenes are not read from")


def redacted_href(href: str) -> str:
    """As much of an address as a message may hold."""
    return QUIET.sub("", href)[:120]


def is_loopback_host(host: str) -> bool:
    """Whether a host is this machine, by its name or number alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_inner_address(host: str) -> bool:
    """Whether a host is a bare number inside some network, whatever a list says."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _split_href(href: str) -> SplitResult:
    """The parts of an address without tricks; ValueError otherwise."""
    if len(href) > MAX_HREF:
        raise ValueError(f"has an address of {len(href)} characters; at most {MAX_HREF} are read")
    if UNREADABLE.search(href):
        raise ValueError("has an address with blanks, control or other odd characters")
    try:
        parts = urlsplit(href)
        _ = parts.port
    except ValueError as cause:
        raise ValueError(
            f"has an address that cannot be understood: {redacted_href(href)!r}"
        ) from cause
    if "@" in parts.netloc or parts.query or parts.fragment or href[-1:] in {"?", "#"}:
        raise ValueError("has an address with credentials, query or fragment")
    if {".", ".."} & set(parts.path.split("/")):
        raise ValueError("has an address with steps upward in its path")
    return parts


def _check_endpoint(endpoint: str) -> None:
    try:
        parts = _split_href(endpoint)
    except ValueError as cause:
        raise ValueError(f"The S3 endpoint {cause}.") from cause
    is_local = parts.scheme == "http" and is_loopback_host(parts.hostname or "")
    if not parts.hostname or not (parts.scheme == "https" or is_local):
        raise ValueError(
            "An S3 endpoint must be an https address (plain http for this machine only), "
            f"found {redacted_href(endpoint)!r}."
        )
