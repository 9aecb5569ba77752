"""What the blocks of a site showed before a month: their expected course, fitted once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assets.activity.fit import robust
from assets.activity.fit.arrays import Floats
from assets.activity.fit.season_fit import RegressionTerms, SeasonFit, fit_seasons
from assets.activity.looks.zone_looks import SiteLook
from assets.constants import MAD_TO_SIGMA, YEAR_DAYS


@dataclass(frozen=True, slots=True)
class BlockPast:
    """What the blocks of a site showed before a month.

    Attributes:
        looks: past looks, in order of time.
        terms: how day and orbit enter.
        fit: of every channel and block.
        variance: of what is left out, shape (channel, block).
    """

    looks: tuple[SiteLook, ...]
    terms: RegressionTerms
    fit: SeasonFit
    variance: Floats

    @property
    def quarters(self) -> npt.NDArray[np.int64]:
        """Number of the quarter of a year that each look lies in, see `quarters_of`."""
        return quarters_of(self.looks)

    def departures(self, look: SiteLook) -> Floats:
        """What a new look shows of each block beyond expectation, shape (1, channel, block)."""
        terms = self.terms.of(np.array([look.day]), [look.orbit])[0]
        return np.asarray(look.blocks - self.fit.predict(terms))[None]


def learn_blocks(looks: Sequence[SiteLook]) -> BlockPast | None:
    """The expected course of every block from past looks in order; None without any."""
    if not looks:
        return None
    terms = RegressionTerms(tuple(sorted({look.orbit for look in looks})))
    rows = terms.of(np.array([look.day for look in looks]), [look.orbit for look in looks])
    values = np.stack([look.blocks for look in looks])
    fit = fit_seasons(rows, values, terms.ridge, quarters_of(looks))
    size = MAD_TO_SIGMA * robust.nan_median(np.abs(fit.left_out))
    return BlockPast(tuple(looks), terms, fit, size**2)


def quarters_of(looks: Sequence[SiteLook]) -> npt.NDArray[np.int64]:
    """Number of the quarter of a year that each look lies in, counted back from the last one.

    Past looks are left out a quarter at a time, as those that will be judged are not in the past.
    """
    days = np.array([look.day for look in looks])
    return np.asarray((days.max() - days) // (YEAR_DAYS / 4), np.int64)
