"""Buckets that are read with AWS's own keys, or with none where there are none, and their listing.

Which buckets those are is for the sources to say; objects are fetched by `remote` and
`pixels.read`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from resources.errors import CatalogError, SettingsError
from resources.http.documents import Bucket
from resources.http.retry_policy import ATTEMPTS
from resources.text import printable_line

AMAZON_REGION = "us-east-1"  # where Amazon's S3 looks for a bucket if nothing is said
CONNECT_S, READ_S = 10, 60
WORDS_LENGTH = 200  # characters of a server's own words in our messages
LISTING_S = 300.0  # of all pages; 300 of them, 300,000 objects, take about one minute


class KeyChain:
    """AWS's own chain of credentials: variables, profiles, roles; it keeps them fresh itself."""

    def __init__(self) -> None:
        try:
            self._session = botocore.session.get_session()
            self._keys = self._session.get_credentials()
            self._region = self._session.get_config_variable("region")
        except BotoCoreError as cause:
            raise SettingsError(f"AWS's configuration cannot be used: {cause}") from cause
        self._client: Any = None

    def bucket(
        self,
        name: str,
        *,
        endpoint: str | None = None,
        region: str | None = None,
        is_requester_paid: bool = False,
    ) -> Bucket:
        """The bucket with the keys of this moment; unsigned where the chain has none.

        Raises:
            SettingsError: a name or endpoint that cannot be used, or keys that cannot be had.
        """
        try:
            keys = self._keys.get_frozen_credentials() if self._keys else None
            return Bucket(
                name,
                endpoint=endpoint,
                region=region or (self._region or AMAZON_REGION if keys else None),
                key_id=keys.access_key if keys else None,
                secret=keys.secret_key if keys else None,
                token=keys.token if keys else None,
                is_requester_paid=is_requester_paid,
            )
        except (BotoCoreError, ValueError) as cause:
            raise SettingsError(f"The bucket {name[:80]!r} cannot be read: {cause}") from cause

    def list_objects(self, bucket: Bucket, prefix: str) -> Iterator[tuple[str, str]]:
        """(key, ETag) of every object whose key begins so.

        Raises:
            CatalogError: the bucket cannot be listed.
        """
        deadline = time.monotonic() + LISTING_S
        payer = {"RequestPayer": "requester"} if bucket.is_requester_paid else {}
        try:
            self._client = self._client or self._make_client(bucket)
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=bucket.name, Prefix=prefix, **payer
            )
            for page in pages:
                if time.monotonic() > deadline:
                    raise CatalogError(
                        f"The bucket {bucket.name!r} was not listed within {LISTING_S:.0f} s; name "
                        "a folder that holds one catalogue, or try again later."
                    )
                for entry in page.get("Contents", []):
                    yield entry["Key"], entry.get("ETag", "")
        except (BotoCoreError, ClientError) as cause:
            words = printable_line(" ".join(str(cause).split()), WORDS_LENGTH)
            raise CatalogError(
                f"The bucket {bucket.name!r} cannot be listed: {words}; check its name, "
                "SITEWATCH_S3_ENDPOINT, and that AWS's keys may list it."
            ) from cause

    def _make_client(self, bucket: Bucket) -> Any:
        """A client that lists; by path where the server is not Amazon's, as most want it."""
        signing = {} if self._keys else {"signature_version": UNSIGNED}
        return self._session.create_client(
            "s3",
            endpoint_url=bucket.endpoint,
            region_name=bucket.region,
            config=Config(
                connect_timeout=CONNECT_S,
                read_timeout=READ_S,
                proxies={},  # as for pixels: none of the environment's
                retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
                s3={"addressing_style": "path" if bucket.endpoint else "auto"},
                **signing,
            ),
        )
