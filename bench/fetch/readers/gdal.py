"""GDAL's settings for COGs over HTTP, for the peers that read with it; no reading here."""

from __future__ import annotations

from typing import Final

OPTIONS: Final[dict[str, str | int | bool]] = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",  # else every open probes for side-car files: 404s
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".tif,.tiff",  # the same
    "GDAL_HTTP_MAX_RETRY": 5,  # default is no retry at all
    "GDAL_HTTP_RETRY_DELAY": "0.5",  # seconds, doubling; default 30
    "GDAL_HTTP_MULTIPLEX": "YES",  # requests share a connection where the server can
    "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",  # neighbouring tiles in one request
    "GDAL_INGESTED_BYTES_AT_OPEN": 32768,  # the whole header of a COG in the first request
    "VSI_CACHE": True,  # blocks of one file are fetched once
}
