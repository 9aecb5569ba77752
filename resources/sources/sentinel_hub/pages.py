"""Reads every page of a search in Sentinel Hub's Catalog, and no more than makes sense.

sentinelhub's own iterator stops at the first empty page and never at a page that repeats. What a
feature means is in `sentinel_hub.items`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from sentinelhub.constants import RequestType
from sentinelhub.download.models import DownloadRequest

from resources.sources.sentinel_hub.answers import HubError
from resources.sources.sentinel_hub.client import HubClient

MAX_PAGES: Final = 200
MAX_ITEMS: Final = 10_000  # a month of one site has tens
MAX_PAGE_BYTES: Final = 32 << 20
ODD: Final = "its answer to a search makes no sense"


def read_pages(client: HubClient, url: str, search: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The features of all pages.

    Args:
        client: Sends.
        url: Of the search.
        search: Body of the first request.

    Raises:
        HubError: a page cannot be read, or there is no end of them.
    """
    features: list[dict[str, Any]] = []
    body = dict(search)
    asked: set[object] = set()
    while len(asked) < MAX_PAGES and len(features) <= MAX_ITEMS:
        page = _read_page(client, url, body)
        features += [one for one in page["features"] if isinstance(one, dict)]
        following = page["context"].get("next")  # absent on the last page, which may be empty
        if following is None:
            return features
        if not isinstance(following, int | str) or following in asked:
            raise HubError(f"{ODD}: its pages do not end; try again later")
        asked.add(following)
        body["next"] = following
    raise HubError(
        f"it lists more than {MAX_ITEMS} items or {MAX_PAGES} pages; search a shorter time"
    )


def _read_page(client: HubClient, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
    request = DownloadRequest(
        url=url,
        request_type=RequestType.POST,
        post_values=dict(body),
        headers={"Content-Type": "application/json"},
    )
    try:
        page = json.loads(client.send(request, limit=MAX_PAGE_BYTES).content)
    except (ValueError, RecursionError) as cause:
        raise HubError(f"{ODD}: it is no JSON; try again later") from cause
    is_page = isinstance(page, dict) and isinstance(page.get("features"), list)
    if not is_page or not isinstance(page.setdefault("context", {}), dict):
        raise HubError(f"{ODD}: it has no list of features; try again later")
    return dict(page)
