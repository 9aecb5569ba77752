"""Quiet calibration of the test of departures: is the rate asked for the one achieved?

Counts openings on the made-up quiet sites of `quiet_sites`, through the product's own stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.anomalies.departures.agreement import LEVEL, openings
from assets.anomalies.departures.scanning import scan_departures
from assets.anomalies.site_test import rates_of_site
from assets.constants import YEAR_DAYS
from bench.alerts.quiet_sites import KINDS, ZONES, Sites, make_sites
from bench.tables import table

RATES: Final = (0.2, 0.5, 1.0, 2.0)
LEARNING_YEARS: Final = 3.0
TESTED_YEARS: Final = 5.0
BATCH: Final = 100  # sites side by side, for the sake of memory
SEED: Final = 20261123


@dataclass(frozen=True, slots=True)
class Place:
    """What sites are like apart from what their series are.

    Attributes:
        label: in words.
        zones: of a site.
        cloud: times the usual days from one clear look to the next.
    """

    label: str
    zones: int = ZONES
    cloud: float = 1.0


USUAL: Final = Place("5 zones, a clear look in 7.8 days")
OTHERS: Final = (
    Place("one zone", zones=1),
    Place("ten zones", zones=10),
    Place("a clear look in 16 days", cloud=2.0),
    Place("a clear look in 26 days", cloud=3.4),
    Place("one zone, a clear look in 26 days", zones=1, cloud=3.4),
    Place("three zones, a clear look in 26 days", zones=3, cloud=3.4),
)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What quiet sites of one kind gave.

    Attributes:
        kind: of series.
        site_years: tested.
        openings: at each rate asked for.
        asked: false alarms a site-year, all zones, indices and directions together.
    """

    kind: str
    site_years: float
    openings: tuple[int, ...]
    asked: tuple[float, ...]

    @property
    def achieved(self) -> tuple[float, ...]:
        """Openings a site-year, at each rate asked for."""
        return tuple(count / self.site_years for count in self.openings)


def calibrate(
    kind: str, site_years: float, asked: Sequence[float] = RATES, place: Place = USUAL
) -> Calibration:
    """Count the openings of quiet sites of one kind.

    Args:
        kind: a key of `quiet_sites.KINDS`.
        site_years: at least so many, after LEARNING_YEARS of each site.
        asked: false alarms a site-year.
        place: what the sites are like.
    """
    counts, years, batch = np.zeros(len(asked), int), 0.0, 0
    while years < site_years:
        number = min(int(np.ceil((site_years - years) / TESTED_YEARS)), BATCH)
        span = LEARNING_YEARS + TESTED_YEARS
        sites = make_sites(kind, number, span, SEED + batch, zones=place.zones, cloud=place.cloud)
        counts += [_openings(sites, level) for level in asked]
        years += float(np.sum(sites.days[:, -1] - sites.days[:, 0])) / YEAR_DAYS
        years -= LEARNING_YEARS * number
        batch += 1
    return Calibration(kind, years, tuple(int(count) for count in counts), tuple(asked))


def _openings(sites: Sites, asked: float) -> int:
    """Openings of sites that are asked for so many false alarms a year, after they learned."""
    sides = 2 * sites.series
    scans = scan_departures(sites.panel, asked / sides, LEVEL / sides)
    found = 0
    for site, days in enumerate(sites.days):
        tested = days - days[0] >= LEARNING_YEARS * YEAR_DAYS
        rows = slice(site * sites.series, (site + 1) * sites.series)
        alarm = rates_of_site(scans, rows, days).min(axis=0) < asked
        found += int((openings(alarm, days) & tested).sum())
    return found


def calibration_table(
    site_years: float = 2000, kinds: Sequence[str] = tuple(KINDS)
) -> tuple[str, list[Calibration]]:
    """Achieved rates beside the ones asked for, as a table in Markdown, with the figures.

    Args:
        site_years: of each kind.
        kinds: keys of `quiet_sites.KINDS`.
    """
    found = _calibrated([(kind, site_years, USUAL) for kind in kinds])
    rows = [
        [one.kind, f"{one.site_years:.0f}", *(f"{rate:.2f}" for rate in one.achieved)]
        for one in found
    ]
    head = ["quiet series", "site-years", *(f"asked {rate:g}" for rate in RATES)]
    return table(head, rows), found


def places_table(
    site_years: float = 1000,
    kinds: Sequence[str] = tuple(KINDS),
    places: Sequence[Place] = OTHERS,
) -> tuple[str, dict[str, list[Calibration]]]:
    """Achieved beside asked at sites of other sizes and paces, as a table, with the figures.

    Args:
        site_years: of each kind and place.
        kinds: keys of `quiet_sites.KINDS`.
        places: what the sites are like.
    """
    every = _calibrated([(kind, site_years, place) for place in places for kind in kinds])
    found = {
        place.label: every[at * len(kinds) : (at + 1) * len(kinds)]
        for at, place in enumerate(places)
    }
    rows = [
        [label, *(_span(ones, at) for at in range(len(RATES)))] for label, ones in found.items()
    ]
    head = ["quiet sites", *(f"asked {rate:g}" for rate in RATES)]
    return table(head, rows), found


def _calibrated(asked: Sequence[tuple[str, float, Place]]) -> list[Calibration]:
    """Calibrations of some kinds, site-years and places, on all cores."""
    with ProcessPoolExecutor() as workers:
        return list(workers.map(_calibrate, asked))


def _calibrate(asked: tuple[str, float, Place]) -> Calibration:
    kind, site_years, place = asked
    return calibrate(kind, site_years, place=place)


def _span(found: Sequence[Calibration], at: int) -> str:
    """Achieved over asked at one rate: the middle kind, and from the least to the most."""
    ratios = [one.achieved[at] / one.asked[at] for one in found]
    return f"{np.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
