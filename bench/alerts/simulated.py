"""Quiet calibration of the test of departures: is the rate asked for the one achieved?

Counts openings on the made-up quiet sites of `quiet_sites`, through the product's own stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.anomalies.departures.agreement import openings
from assets.anomalies.departures.scanning import scan_departures
from assets.anomalies.site_test import rates_of_site
from assets.constants import YEAR_DAYS
from bench.alerts.quiet_sites import KINDS, SERIES, Sites, make_sites
from bench.tables import table

RATES: Final = (0.2, 0.5, 1.0, 2.0)
LEARNING_YEARS: Final = 3.0
TESTED_YEARS: Final = 5.0
BATCH: Final = 100  # sites side by side, for the sake of memory
SEED: Final = 20261123


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


def calibrate(kind: str, site_years: float, asked: Sequence[float] = RATES) -> Calibration:
    """Count the openings of quiet sites of one kind.

    Args:
        kind: a key of `quiet_sites.KINDS`.
        site_years: at least so many, after LEARNING_YEARS of each site.
        asked: false alarms a site-year.
    """
    counts, years, batch = np.zeros(len(asked), int), 0.0, 0
    while years < site_years:
        number = min(int(np.ceil((site_years - years) / TESTED_YEARS)), BATCH)
        sites = make_sites(kind, number, LEARNING_YEARS + TESTED_YEARS, SEED + batch)
        counts += [_openings(sites, level) for level in asked]
        years += float(np.sum(sites.days[:, -1] - sites.days[:, 0])) / YEAR_DAYS
        years -= LEARNING_YEARS * number
        batch += 1
    return Calibration(kind, years, tuple(int(count) for count in counts), tuple(asked))


def _openings(sites: Sites, asked: float) -> int:
    """Openings of sites that are asked for so many false alarms a year, after they learned."""
    scans = scan_departures(sites.panel, believed_rate=asked / (2 * SERIES))
    found = 0
    for site, days in enumerate(sites.days):
        tested = days - days[0] >= LEARNING_YEARS * YEAR_DAYS
        rows = slice(site * SERIES, (site + 1) * SERIES)
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
    found = [calibrate(kind, site_years) for kind in kinds]
    rows = [
        [one.kind, f"{one.site_years:.0f}", *(f"{rate:.2f}" for rate in one.achieved)]
        for one in found
    ]
    head = ["quiet series", "site-years", *(f"asked {rate:g}" for rate in RATES)]
    return table(head, rows), found
