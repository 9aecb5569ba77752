"""Whether the last looks of a zone, all its indices together, depart further than quiet ones. Pure.

Two to four looks are taken together and count for as much as the one that shows least of what they
have in common. So what a single look shows, such as a cloud that the mask missed, opens nothing.
How often a site may open is decided in `site_test`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

LOOKS: Final = (2, 3, 4)  # that are taken together; more found no more on worlds 1 to 48
SPAN_DAYS: Final = 120.0  # that they may lie apart: a later look is no second look at the same
ALIKE: Final = 0.5  # correlation of looks of quiet ground that follow each other; worlds 1 to 48
SCALE_LOOKS: Final = (
    4.0  # looks that "errors are right" counts for; best of 4 to 20 on worlds 1 to 48
)
SCALE_LAG_DAYS: Final = 30.0  # for which a look is not learnt from: a change is not its own measure
SCALE_CAP: Final = 3.0  # errors up to which a look widens the scale: a wild one says no more
COLOUR: Final = {"brightness": 1.0, "ndvi": -1.0, "bare_soil": 1.0}
"""Signs with which the colours of green ground move together where it is mown, cut or dry."""
COLOUR_SHARED: Final = 0.75  # their correlation on green ground; worlds 1 to 48


@dataclass(frozen=True, slots=True)
class WindowScores:
    """The most telling window that ends at each look of a zone.

    Attributes:
        score: how far the look departs that shows least of what its looks have in common, in
            usual errors, by so much more as there are more looks, shape (look,); 0 where there is
            none.
        looks: how many it holds, shape (look,), 0 for none.
        mean: of each index, in usual errors of the window, shape (index, look).
    """

    score: Floats
    looks: Ints
    mean: Floats


def score_windows(z: Floats, days: Floats, precision: Floats) -> WindowScores:
    """Score how far the last looks of a zone depart together.

    For each number n of LOOKS the sum of the last n looks is a direction m in the space of indices,
    with lengths sqrt(m' P m) for the precision P. The score is the smallest part of a look along m,
    times n / sqrt(n (1 + (n - 1) ALIKE)); of the windows that end at a look the highest score
    counts.

    Args:
        z: departures in their errors, float64, shape (index, look), NaN where an index has none; at
            least one of each look is known.
        days: when each look was, days, ascending, shape (look,).
        precision: inverse of the correlation of quiet departures, shape (index, index), or one a
            look, shape (look, index, index).

    Returns:
        The highest score, its number of looks and the mean of each index, in usual errors. No value
        depends on a later look.

    Raises:
        ValueError: `days` or `precision` does not fit the shape of `z`.

    Source:
        The project's own method: docs/methods/alerts.md, "The test of a zone"; held by
        tests/unit/assets/anomalies/test_zone_test.py. The length is the Mahalanobis distance: De
        Maesschalck et al. 2000, doi:10.1016/S0169-7439(99)00047-7.
    """
    usual = np.nan_to_num(z) / own_scale(z, days)
    count = usual.shape[1]
    best = WindowScores(np.zeros(count), np.zeros(count, np.int64), np.zeros(usual.shape))
    of_look = np.broadcast_to(precision, (count, *precision.shape[-2:]))
    total = np.concatenate([np.zeros((len(usual), 1)), usual.cumsum(axis=1)], axis=1)
    for size in LOOKS:
        if count < size:
            break
        ends = np.arange(size - 1, count)
        added = total[:, ends + 1] - total[:, ends + 1 - size]
        mean = added / _deviation_of_sum(size)
        shown = [
            _projection_on_mean(usual[:, ends - back], mean, of_look[ends]) for back in range(size)
        ]
        score = np.min(shown, axis=0) * size / _deviation_of_sum(size)
        together = days[ends] - days[ends - size + 1] <= SPAN_DAYS
        better = together & (score > best.score[ends])
        at = ends[better]
        best.score[at], best.looks[at] = score[better], size
        best.mean[:, at] = mean[:, better]
    return best


def own_scale(z: Floats, days: Floats) -> Floats:
    """Root mean square of a zone's departures before each look, in their errors.

    Each departure counts up to SCALE_CAP; SCALE_LOOKS looks that say 1 are added beforehand, and
    the looks of the last SCALE_LAG_DAYS are left out.

    Args:
        z: departures in their errors, float64, shape (index, look), NaN where an index has none.
        days: when each look was, days, ascending, shape (look,).

    Returns:
        Shape (look,), above 0: 1 where errors are right, more where the zone scatters further.

    Raises:
        IndexError: more days than `z` has looks are older than SCALE_LAG_DAYS.

    Source:
        The project's own method: docs/methods/alerts.md, "The test of a zone"; held by
        tests/unit/assets/anomalies/test_zone_test.py.
    """
    seen = np.isfinite(z)
    square = np.where(seen, np.minimum(np.abs(np.nan_to_num(z)), SCALE_CAP) ** 2, 0.0).sum(axis=0)
    summed, count = (np.append(0.0, np.cumsum(one)) for one in (square, seen.sum(axis=0)))
    learnt = np.searchsorted(days, days - SCALE_LAG_DAYS, side="right")
    prior = SCALE_LOOKS * len(z)
    return np.asarray(np.sqrt((summed[learnt] + prior) / (count[learnt] + prior)))


def precision_of(indices: tuple[str, ...], *, is_green: bool) -> Floats:
    """Inverse of the correlation of the indices of a zone on quiet ground.

    On green ground the indices of COLOUR are correlated by COLOUR_SHARED, with their signs; on bare
    ground each index moves by itself.

    Args:
        indices: names of the indices.
        is_green: whether plants grow there.

    Returns:
        Float64, shape (index, index).

    Source:
        The project's own numbers, measured on made-up worlds: docs/methods/alerts.md, "The test of
        a zone"; held by tests/unit/assets/anomalies/test_zone_test.py.
    """
    sign = np.array([COLOUR.get(name, 0.0) for name in indices])
    shared = COLOUR_SHARED * np.outer(sign, sign) if is_green else np.zeros((len(sign),) * 2)
    np.fill_diagonal(shared, 1.0)
    return np.asarray(np.linalg.inv(shared))


def _deviation_of_sum(looks: int) -> float:
    """Standard deviation of the sum of so many looks that are ALIKE."""
    return float(np.sqrt(looks * (1.0 + (looks - 1) * ALIKE)))


def _projection_on_mean(look: Floats, mean: Floats, precision: Floats) -> Floats:
    """How far looks (index, look) go in the direction of a mean, same shape, in usual errors."""
    length = np.sqrt(np.einsum("il,lij,jl->l", mean, precision, mean))
    shown = np.einsum("il,lij,jl->l", look, precision, mean)
    return np.asarray(shown / np.where(length > 0, length, 1.0))
