"""The STAC APIs that are known by name, and any other by its address: what may be read from each.

How they are searched and read is `stac.api`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from resources.costs import Quota
from resources.errors import SettingsError
from resources.http.allowlist import is_loopback_host
from resources.http.documents import Bucket, FetchAllowlist
from resources.pixels.window_costs import jp2_cost
from resources.settings import SourceAccess
from resources.sources.stac.api import PAID_BUCKETS, StacService
from resources.sources.stac.bucket_keys import KeyChain
from resources.sources.stac.session import split_url

EARTH_SEARCH_HOSTS = frozenset(
    {
        "sentinel-cogs.s3.us-west-2.amazonaws.com",  # sentinel-2-l2a
        "e84-earth-search-sentinel-data.s3.us-west-2.amazonaws.com",  # sentinel-2-c1-l2a
    }
)
"""Hosts of every band file in the real items of Earth Search v1 (2016 to 2025) that we have."""

CDSE = "https://stac.dataspace.copernicus.eu/v1"
CDSE_S3 = "https://eodata.dataspace.copernicus.eu"
CDSE_REGION = "default"  # what the Data Space's own examples sign with
CDSE_CONNECTIONS = 4  # at a time; this and the quota: documentation.dataspace.copernicus.eu, Quotas
CDSE_QUOTA = Quota(
    "Copernicus Data Space, general user: S3 and HTTP",
    requests_a_month=50_000,
    bytes_a_month=12 * 10**12,
)
CDSE_NEEDS_KEYS = (
    "reading from the Copernicus Data Space needs S3 keys and found none; make them in its S3 keys "
    "manager and set SITEWATCH_CDSE_KEY_ID and SITEWATCH_CDSE_SECRET"
)


def earth_search_service(url: str, access: SourceAccess) -> StacService:
    """Earth Search v1 of Element 84: needs no key."""
    return StacService("earth-search", url, _allowlist_factory(EARTH_SEARCH_HOSTS, access))


def cdse_service(access: SourceAccess, *, url: str = CDSE, endpoint: str = CDSE_S3) -> StacService:
    """The Copernicus Data Space: everybody may search it; reading needs keys of one's own.

    Its pixels are JPEG 2000 in the bucket `eodata`.
    """
    eodata = Bucket(
        "eodata",
        endpoint=endpoint,
        region=CDSE_REGION,
        key_id=access.cdse_key_id,
        secret=access.cdse_secret,
        connections=CDSE_CONNECTIONS,
    )
    reach = FetchAllowlist(buckets=(eodata,))
    return StacService(
        "cdse",
        url,
        lambda: reach,
        collections=("sentinel-2-l2a",),
        quota=CDSE_QUOTA,
        estimate=jp2_cost,
        why_unreadable=None if access.cdse_key_id else CDSE_NEEDS_KEYS,
    )


def stac_service(url: str, access: SourceAccess) -> StacService:
    """Any other STAC API: pixels on its own host, and on those that the operator names.

    Of this machine, an API there may send to its own port and to those that the operator names.

    Raises:
        SettingsError: the address is not one that we use.
    """
    host, port, is_loopback = _checked_api_host(url)
    own = host if port in {None, 443} else f"{host}:{port}"
    if is_loopback:
        ports = _loopback_ports(access) | {port or (443 if url.startswith("https:") else 80)}
        return StacService(host, url.rstrip("/"), _allowlist_factory(frozenset(), access, ports))
    return StacService(host, url.rstrip("/"), _allowlist_factory(frozenset({own}), access))


def _loopback_ports(access: SourceAccess) -> frozenset[int]:
    """Ports of this machine that the operator named."""
    named = (host.rpartition(":") for host in access.asset_hosts)
    return frozenset(int(port) for name, _, port in named if is_loopback_host(name))


def _allowlist_factory(
    hosts: frozenset[str], access: SourceAccess, ports: frozenset[int] = frozenset()
) -> Callable[[], FetchAllowlist]:
    """Gives what may be read, with the keys of the moment for buckets in which the reader pays.

    `ports` of this machine are read too; every other port may be some service of its own.
    """
    free = FetchAllowlist(
        hosts=hosts | access.asset_hosts, is_loopback=bool(ports), loopback_ports=ports or None
    )
    if not access.is_requester_paid:
        return lambda: free
    keys = KeyChain()

    def with_buckets() -> FetchAllowlist:
        paid = (
            keys.bucket(name, region=region, is_requester_paid=True)
            for name, region in PAID_BUCKETS.items()
        )
        return replace(free, buckets=tuple(paid))

    return with_buckets


def _checked_api_host(url: str) -> tuple[str, int | None, bool]:
    """Host and port of an API's address, and whether that is this machine."""
    try:
        parts = split_url(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # its text repeats parts of the address, of which any may be secret
        raise SettingsError(
            "A STAC API needs a valid URL like https://stac.example.org/v1, found one that cannot "
            "be understood; check its host and port."
        ) from None
    is_loopback = is_loopback_host(host)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback):
        raise SettingsError(
            f"A STAC API must have an https URL, found {parts.scheme}://{host}; "
            "plain http is for this machine only."
        )
    if not host or parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError(
            f"The URL of the STAC API at {host!r} must have a host and no credentials, "
            "query or fragment; take them out."
        )
    return host, port, is_loopback
