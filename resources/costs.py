"""What reading scenes takes: requests, bytes and processing units, and what a month allows.

Arithmetic on published rules; no source, network or clock here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

UNIT_PIXELS = 512 * 512  # of the output, for one processing unit; this and below: Sentinel Hub
UNIT_BANDS = 3  # that enter, for one processing unit; dataMask is free
LEAST_AREA = 0.01  # smallest factor for the area
LEAST_UNITS = 0.005  # smallest price of a Process request
UNIT_CATALOG_KM2 = 1_000_000  # searched over one month, for one processing unit
LEAST_CATALOG_UNITS, MOST_CATALOG_UNITS = 0.01, 1.0  # price of one Catalog request


@dataclass(frozen=True, slots=True)
class Cost:
    """What something takes, or took.

    Attributes:
        requests: HTTP requests.
        bytes: That come over the network.
        processing_units: Sentinel Hub's unit of account; 0 for every other source.
    """

    requests: int = 0
    bytes: int = 0
    processing_units: float = 0.0

    def __post_init__(self) -> None:
        counts = (self.requests, self.bytes, self.processing_units)
        if not all(math.isfinite(count) and count >= 0 for count in counts):
            raise ValueError(f"A cost must be finite and not negative, found {counts}")

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.requests + other.requests,
            self.bytes + other.bytes,
            self.processing_units + other.processing_units,
        )


@dataclass(frozen=True, slots=True)
class Quota:
    """What a service gives one user in a calendar month; None is no limit, or none that we know.

    Attributes:
        name: Whose allowance it is, as a person would call it.
        requests_a_month: HTTP requests.
        processing_units_a_month: Sentinel Hub's unit of account.
        bytes_a_month: That may be downloaded.
    """

    name: str
    requests_a_month: int | None = None
    processing_units_a_month: float | None = None
    bytes_a_month: int | None = None


def process_units(pixels: int, bands: int, *, samples: int = 1, is_float32: bool = False) -> float:
    """Processing units of one Process request; one that fails is free.

    Args:
        pixels: Width times height of the output.
        bands: Bands that enter the evalscript, dataMask not counted.
        samples: Looks that are read a pixel: 1 with the mosaicking SIMPLE.
        is_float32: The output has 32 bits a value.

    Source:
        https://documentation.dataspace.copernicus.eu/APIs/SentinelHub/Overview/ProcessingUnit.html
    """
    area = max(LEAST_AREA, pixels / UNIT_PIXELS)
    return max(LEAST_UNITS, area * bands / UNIT_BANDS * samples * (2 if is_float32 else 1))


def catalog_units(area_km2: float, months: float) -> float:
    """Processing units of one Catalog request over an area and a time; each page is one.

    Source: as `process_units`.
    """
    area = max(LEAST_AREA, area_km2 / UNIT_CATALOG_KM2)
    return min(MOST_CATALOG_UNITS, max(LEAST_CATALOG_UNITS, area * months))
