"""Things that move while a look is taken: the bands see them one after another, in a line.

Speed and heading come from the delay between bands. `objects` finds things that stand still.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage, special

from assets.activity.detect.matched_filter import (
    PIXEL_M,
    ViewNoise,
    object_probability,
    scored_bands,
)
from assets.activity.detect.objects import zone_share
from assets.activity.fit.arrays import Floats, Mask
from assets.activity.indices.indices import FINE_BANDS
from assets.activity.indices.zone_pixels import ZoneView
from resources.instrument import BAND_DELAY_S
from resources.models import REFLECTANCE_BANDS

DELAYS_S: Final = np.array([BAND_DELAY_S[REFLECTANCE_BANDS[band]] for band in FINE_BANDS])
"""Of the 10 m bands behind blue."""
SPEED_MAX: Final = 40.0  # m/s; faster is an aircraft in flight, which height displaces as well
BAND_SCORE: Final = 2.5  # standard deviations that each band must show
BLIP_PX: Final = 0.8  # standard deviation of a point behind blur and filter
BAND_SHIFT_PX: Final = (
    0.12  # misregistration of the bands; 0.3 px at 99.7 % is what is asked of them
)
APART_PX: Final = 2.0  # nearer ones share their blips
MISFIT_MAX: Final = 18.5  # chi-square of four degrees, one in a thousand: not one steady motion
COMPACT_PX: Final = 3  # from its middle, where a moving thing has ended
RING_PX: Final = np.rint(
    COMPACT_PX * np.array([(np.cos(a), np.sin(a)) for a in np.arange(8) * np.pi / 4])
).astype(np.intp)
"""That far to eight sides, rows and columns."""
COMPACT_SHARE: Final = 0.5  # of its peak that is left there at most
BRIGHTEST: Final = 8.0  # standard deviations; one band alone does not carry a place to search at


@dataclass(frozen=True, slots=True)
class Mover:
    """A bright thing that the bands saw at different places.

    Attributes:
        row, column: where it was when blue saw it, pixels of the view, sub-pixel.
        speed_m_s: over ground; that of a high thing is wrong by its parallax.
        speed_error_m_s: standard error in one direction.
        heading_deg: clockwise from the grid's north.
        score: displacement in standard deviations.
        false_alarms: number of things as good that such a view of still things would show.
        probability: that it moves, 0..1.
    """

    row: float
    column: float
    speed_m_s: float
    speed_error_m_s: float
    heading_deg: float
    score: float
    false_alarms: float
    probability: float


def find_movers(
    view: ZoneView, *, pixel_m: float = PIXEL_M, noise: ViewNoise | None = None
) -> list[Mover]:
    """Bright things displaced from band to band as one steady motion displaces them.

    Each place is searched along every velocity up to SPEED_MAX for a bright blip in blue, near
    infrared, green and red, in this order of time; a line through the four places gives the
    velocity. Still things, of whatever colour, have all four at one place within the
    registration of the bands. An edge that is out of register is no blip, and its bands lie at
    one place; near infrared, seen between blue and green, separates coloured from moving things.

    Args:
        view: a look beside its expectation, north up.
        pixel_m: ground pixel, metres.
        noise: of the view, if it is known.

    Returns:
        Surest first; those with at most one false alarm expected in the view. Also found are
        small clouds and things in flight, by their parallax.

    Raises:
        ValueError: images of the view have frames that do not broadcast, if `noise` is not given.

    Source:
        Fisser et al. 2022, doi:10.1016/j.rse.2022.113084; Heiselberg 2019, doi:10.3390/rs11141611.
    """
    noise = noise or ViewNoise.of(*scored_bands(view), pixel_m)
    if noise is None:
        return []
    blips = noise.fine
    seeds = _motion_seeds(blips, pixel_m)
    found = [
        mover
        for row, column, velocity in seeds
        if (
            mover := _fit_motion(
                blips, row, column, velocity=velocity, trials=len(seeds), pixel_m=pixel_m
            )
        )
    ]
    return _without_shared_blips(sorted(found, key=lambda one: one.false_alarms))


def count_movers(
    view: ZoneView, found: Sequence[Mover] | None = None, *, pixel_m: float = PIXEL_M
) -> float:
    """Expected number of movers in the zone, no unit: the sum of their probabilities."""
    if found is None:
        found = find_movers(view, pixel_m=pixel_m)
    return sum(
        (one.probability * zone_share(view, one.row, one.column, pixel_m) for one in found), 0.0
    )


@functools.cache
def _search_velocities(pixel_m: float) -> Floats:
    """Velocities to search, pixels a second, half a pixel apart, shape (velocity, 2)."""
    most = SPEED_MAX / pixel_m
    steps = np.arange(-math.floor(most * 2), math.floor(most * 2) + 1) / 2
    down, right = np.meshgrid(steps, steps, indexing="ij")
    inside = np.hypot(down, right) <= most
    return np.stack([down[inside], right[inside]], axis=1)


def _motion_seeds(blips: Floats, pixel_m: float) -> list[tuple[int, int, Floats]]:
    """Places and velocities where all four bands show something, strongest first."""
    velocities = _search_velocities(pixel_m)
    steps = np.rint(velocities[:, None] * DELAYS_S[:, None]).astype(np.intp)  # (velocity, band, 2)
    reach = np.abs(steps).max(axis=(0, 2))
    margin = int(reach.max())
    padded = np.pad(np.minimum(blips, BRIGHTEST), ((0, 0), (margin, margin), (margin, margin)))
    rows, columns = _promising_places(padded >= BAND_SCORE, reach, margin)
    if not len(rows):
        return []
    shown = padded[
        np.arange(len(DELAYS_S)),
        rows[:, None, None] + steps[:, :, 0] + margin,
        columns[:, None, None] + steps[:, :, 1] + margin,
    ]
    total = np.where(shown.min(axis=-1) >= BAND_SCORE, shown.sum(axis=-1), -np.inf)
    best, choice = np.full(blips.shape[1:], -np.inf), np.zeros(blips.shape[1:], dtype=np.intp)
    best[rows, columns], choice[rows, columns] = total.max(axis=-1), total.argmax(axis=-1)
    tops = np.isfinite(best) & (best == ndimage.maximum_filter(best, 3))
    places = sorted(np.argwhere(tops), key=lambda place: -best[tuple(place)])
    return [(int(row), int(column), velocities[choice[row, column]]) for row, column in places]


def _promising_places(
    shown: Mask, reach_px: npt.NDArray[np.intp], margin: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows and columns that blue shows, with every other band within its reach.

    Args:
        shown: where each band shows something, with a margin, shape (band, y, x).
        reach_px: how far each band is searched for, shape (band,); at most the margin.
        margin: pixels round the view; rows and columns are those of the view without it.
    """
    rows, columns = np.nonzero(shown[0, margin:-margin, margin:-margin])
    for band, reach in zip(shown[1:], reach_px[1:].tolist(), strict=True):
        windows = sliding_window_view(band, (2 * reach + 1, 2 * reach + 1))
        near = windows[rows + margin - reach, columns + margin - reach].any(axis=(1, 2))
        rows, columns = rows[near], columns[near]
    return rows, columns


def _fit_motion(
    blips: Floats, row: int, column: int, *, velocity: Floats, trials: int, pixel_m: float
) -> Mover | None:
    """The motion that carries a blip through the bands; None if there is none."""
    peaks = []
    for band, delay in zip(blips, DELAYS_S, strict=True):
        peak = _find_blip(band, np.array([row, column]) + velocity * delay)
        if peak is None:  # most trials end at the first band
            return None
        peaks.append(peak)
    places, strengths = np.array(peaks)[:, :2], np.array(peaks)[:, 2]
    weight = 1 / (BAND_SHIFT_PX**2 + (BLIP_PX / strengths) ** 2)
    middle = np.average(DELAYS_S, weights=weight)
    lever = weight * (DELAYS_S - middle)
    error = 1 / math.sqrt(float((lever * (DELAYS_S - middle)).sum()))
    motion = lever @ places * error**2
    start = np.average(places, axis=0, weights=weight) - motion * middle
    misfit = float((weight[:, None] * (places - start - DELAYS_S[:, None] * motion) ** 2).sum())
    speed = float(np.hypot(*motion)) * pixel_m
    if misfit > MISFIT_MAX or speed > SPEED_MAX:
        return None
    still = -0.5 * (speed / pixel_m / error) ** 2  # log chance that a still thing seems to move so
    by_chance = float(special.log_ndtr(-strengths).sum()) + math.log(blips[0].size)
    alarms = np.logaddexp(still, by_chance) + math.log(trials)
    if alarms > 0:
        return None
    return Mover(
        row=float(start[0]),
        column=float(start[1]),
        speed_m_s=speed,
        speed_error_m_s=error * pixel_m,
        heading_deg=math.degrees(math.atan2(motion[1], -motion[0])) % 360,
        score=speed / pixel_m / error,
        false_alarms=math.exp(max(float(alarms), -700.0)),
        probability=object_probability(float(alarms)),
    )


def _find_blip(band: Floats, near: Floats) -> tuple[float, float, float] | None:
    """Place and strength of a compact blip within a pixel of a place; None if there is none."""
    row, column = np.rint(near).astype(int)
    reach = COMPACT_PX + 1
    rows, columns = band.shape
    if not (reach <= row < rows - reach and reach <= column < columns - reach):
        return None
    window = band[row - 1 : row + 2, column - 1 : column + 2]
    down, right = np.unravel_index(np.argmax(window), window.shape)
    row, column = row + int(down) - 1, column + int(right) - 1
    peak = float(band[row, column])
    around = band[row - 1 : row + 2, column - 1 : column + 2]
    if peak < max(BAND_SCORE, float(around.max())) or not _is_compact(band, row, column):
        return None
    return row + _parabola_vertex(around[:, 1]), column + _parabola_vertex(around[1]), peak


def _is_compact(band: Floats, row: int, column: int) -> bool:
    """Whether a blip has ended COMPACT_PX away, to most sides: another thing may be near."""
    ring = band[row + RING_PX[:, 0], column + RING_PX[:, 1]]
    return bool((ring > COMPACT_SHARE * band[row, column]).sum() <= 1)


def _parabola_vertex(three: npt.NDArray[np.float64]) -> float:
    """Where a parabola through three values has its top, from the middle one, pixels."""
    bend = three[0] - 2 * three[1] + three[2]
    return float(np.clip(0.5 * (three[0] - three[2]) / bend, -1, 1)) if bend < 0 else 0.0


def _without_shared_blips(movers: list[Mover]) -> list[Mover]:
    """Movers, surest first, without those that share their blips with a surer one."""
    kept: list[Mover] = []
    for one in movers:
        if all(
            math.hypot(one.row - other.row, one.column - other.column) > APART_PX for other in kept
        ):
            kept.append(one)
    return kept
