"""One look at a zone beside its baseline: its radiometry, its noise, and the ground round it.

Pure. What past looks let expect is in `baseline`; what follows for the indices is `measure`'s job.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assets.activity import indices
from assets.activity.baseline import Baseline, ZoneBaseline, look_at_zone, unrest_of
from assets.activity.indices import IndexName
from assets.activity.models import ClearLook, Floats
from assets.activity.radiometry import Radiometry, fit_radiometry, noise_factor
from assets.activity.sample import fitted
from assets.activity.scatter import block_means
from assets.activity.views import BoxLooks


@dataclass(frozen=True, slots=True)
class Rest:
    """What the ground beside a zone tells of a look.

    Attributes:
        threshold: of occupancy, shape (1, 1).
        wandering: by index, how much further than usual blocks of it lie off.
    """

    threshold: Floats
    wandering: dict[IndexName, float]

    @property
    def unrest(self) -> float:
        """How much further than usual the pixels of it depart, at least 1."""
        return float(unrest_of(self.threshold)[0])


@dataclass(frozen=True, slots=True)
class Comparison:
    """A look beside the baseline of a zone.

    Attributes:
        fit: what brings the look to the level of the expectation.
        noise: how much noisier than usual its pixels are, at least 1; NaN if it does not compare.
    """

    look: ClearLook
    known: ZoneBaseline
    fit: Radiometry
    noise: float

    def at_zone(self) -> BoxLooks:
        """The look at the box of the zone beside what is expected of it."""
        known = self.known
        return look_at_zone(
            [self.look],
            self.fit,
            known.box,
            odd=known.odd,
            sigma=known.sigma,
            noise=np.array([self.noise]),
        )

    def rest(self) -> Rest:
        """What the ground beside the zone tells of the look."""
        known = self.known
        residual, expected, clear = self.fit.compare([self.look], known.sample.ravel())
        scores = indices.departure_score(residual, known.sample_sigma * self.noise)
        threshold = indices.occupancy_threshold(scores)
        occupied = indices.occupied(scores, threshold)
        means = block_means(residual, expected, clear, occupied)
        return Rest(threshold, known.scatter.of_look(means))


def compare_look(look: ClearLook, baseline: Baseline, zone_id: str) -> Comparison:
    """A look beside the baseline of one of the zones."""
    known = baseline.zones[zone_id]
    fit = fit_radiometry(
        [look],
        baseline.expectation,
        fitted(known.sample),
        is_normalised=baseline.steps.normalisation,
    )
    noise = float(noise_factor(fit.season.scale, known.typical_scale)[0])
    return Comparison(look, known, fit, noise)
