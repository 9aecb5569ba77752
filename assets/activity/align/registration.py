"""Sub-pixel shift of a look against its reference at a zone, with its error.

The prior is the accuracy that the mission states; the ground round the zone updates it. A look
whose shift cannot be found is kept, at no shift with the error of the prior. Pure, on arrays;
`scenes.resample` takes the shift out.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from assets.activity.align.lattice import BLOCK_PX
from assets.activity.align.shift_fit import BlockFit, Planes, fit_blocks, image_gradients, in_blocks
from assets.activity.fit import robust
from assets.activity.fit.arrays import Floats, Mask
from assets.scenes.resample import moved_whole, sampled_at
from assets.scenes.stack import PixelShift

State = Literal["registered", "unsure"]


CE95: Final = 2.4477  # radius that holds 95 % of a plane normal distribution, standard deviations
REFINED_SINCE: Final = dt.datetime(2021, 3, 30, tzinfo=dt.UTC)
"""Use of the global reference image in orbit; ESA Sentinel-2 L1C data quality report, 2021."""
REFINED_BASELINE: Final = "05.00"  # Collection-1 is refined throughout; ESA, as REFINED_SINCE
REFINED_PX: Final = 0.3 / CE95  # standard deviation along one axis, pixels of 10 m; 0.3 px at 95 %
BEFORE_PX: Final = 1.2 / CE95  # the same before the refinement: 12 m at 95 %, ESA quality reports
SHIFT_MAX_PX: Final = 1.2  # pixels; nothing the mission states allows more
ROUNDING: Final = 1e-12  # no unit; keeps what is drawn back to a limit within it
STEPS: Final = 3  # of least squares; a fourth moves a shift by some hundredth of a pixel
EDGE_PX: Final = 3 * BLOCK_PX  # side of a block that is fitted by itself, pixels of 10 m
SMOOTHING_PX: Final = 3  # pixels that the smoothing (2) and the interpolation (1) reach
LOOKS_MAX: Final = 12  # in a reference; shifts of 0.4 px place the median of 12 to 0.15 px
TOLD: Final = 0.8  # of the prior's error; a shift known no better says nothing


@dataclass(frozen=True, slots=True)
class ZoneRegistration:
    """Where a look lies at a zone.

    Attributes:
        shift: how far its content lies east and south of the reference's, pixels of 10 m.
        error_px: standard error of the shift along one axis, pixels.
        pixels: clear pixels in common with the reference that were used.
        state: `unsure` where the ground hardly narrows the prior; the shift is then 0.
    """

    shift: PixelShift
    error_px: float
    pixels: int
    state: State


@dataclass(frozen=True)  # no slots: the cached properties need a place
class LookFeatures:
    """What is compared of a look: smoothed visible and near infrared, and where both are clear.

    Attributes:
        planes: reflectance, shape (2, y, x).
        clear: shape (y, x).
    """

    planes: Planes
    clear: Mask

    @cached_property
    def blocks(self) -> Planes:
        """Planes and their gradients in blocks, shape (3, plane, block, pixel)."""
        parts = (self.planes, *image_gradients(self.planes))
        return np.stack([in_blocks(part, EDGE_PX) for part in parts])


def shift_prior_px(sensed_at: dt.datetime, processing_baseline: str | None) -> float:
    """Standard deviation of a look's shift along one axis as the mission states it, pixels."""
    is_refined = sensed_at >= REFINED_SINCE or (processing_baseline or "") >= REFINED_BASELINE
    return REFINED_PX if is_refined else BEFORE_PX


def features_of(reflectance: npt.NDArray[np.float32], clear: Mask) -> LookFeatures:
    """Smoothed visible and near infrared of a look, and where both are clear.

    Args:
        reflectance: shape (band, y, x), bands as in REFLECTANCE_BANDS; NaN where unseen.
        clear: shape (y, x).

    Returns:
        Planes of float32, 0 where unseen; clear away from SMOOTHING_PX of anything unclear.

    Raises:
        ValueError: frames do not broadcast.

    Source:
        Own: docs/methods/registration.md; tests/unit/assets/activity/test_registration.py.
    """
    planes, seen = [], clear.copy()
    for bands in (reflectance[:3], reflectance[3:4]):
        plane = bands.mean(axis=0)
        seen &= np.isfinite(plane)
        planes.append(plane)
    filled = np.where(seen, np.stack(planes), np.float32(0))
    binomial = np.array([1, 4, 6, 4, 1], np.float32) / 16
    for axis in (1, 2):
        filled = ndimage.correlate1d(filled, binomial, axis=axis, mode="constant")
    found = seen.view(np.uint8)
    for axis in (0, 1):
        found = ndimage.minimum_filter1d(found, 2 * SMOOTHING_PX + 1, axis, mode="constant")
    return LookFeatures(filled, found.astype(bool))


def reference_of(looks: Sequence[LookFeatures]) -> LookFeatures | None:
    """Median of looks as they came, where half of them are clear; None without any."""
    if not looks:
        return None
    stack = np.stack([np.where(look.clear, look.planes, np.float32(np.nan)) for look in looks])
    clear = np.stack([look.clear for look in looks]).mean(axis=0) >= 0.5  # noqa: PLR2004 - half
    middle = robust.nan_median(stack).astype(np.float32)
    return LookFeatures(np.where(clear, middle, np.float32(0)), clear)


def find_shift(
    reference: LookFeatures | None, moving: LookFeatures, prior: float
) -> ZoneRegistration:
    """How far `moving` lies east and south of `reference`.

    Args:
        reference: the image without shift; None if there is none yet.
        moving: the look, of the same window.
        prior: of `shift_prior_px`.

    Returns:
        The posterior of a normal prior round no shift and of least squares on blocks, drawn back
        to SHIFT_MAX_PX; no shift with the prior's error where it hardly narrows the prior.

    Raises:
        ValueError: the windows differ in shape (numpy: shapes do not broadcast).

    Source:
        Lucas and Kanade 1981 (IJCAI 81, 674-679); prior: ESA data quality reports, as REFINED_PX;
        docs/methods/registration.md, tests/unit/assets/activity/test_registration.py.
    """
    if reference is None:
        return ZoneRegistration(PixelShift(), prior, 0, "unsure")
    at, error, fit = np.zeros(2), prior, None
    for _ in range(STEPS):
        fit = _least_squares_step(reference, moving, at)
        if fit is None:
            return ZoneRegistration(PixelShift(), prior, 0, "unsure")
        at, error = _posterior_shift(at + fit.step, fit.covariance, prior)
    beyond = float(np.hypot(*at)) - SHIFT_MAX_PX
    if fit is None or not beyond <= prior:
        return ZoneRegistration(PixelShift(), prior, 0, "unsure")
    if not error < (REFINED_PX if beyond > 0 else TOLD * prior):  # what none states must be sure
        return ZoneRegistration(PixelShift(), prior, fit.pixels, "unsure")
    if beyond > 0:  # the reference lies off by as much itself
        at = at * SHIFT_MAX_PX / np.hypot(*at) * (1 - ROUNDING)
        error = min(math.hypot(error, beyond), prior)
    return ZoneRegistration(PixelShift(float(at[0]), float(at[1])), error, fit.pixels, "registered")


def _least_squares_step(
    reference: LookFeatures, moving: LookFeatures, at: Floats
) -> BlockFit | None:
    """One step of least squares with the shift so far taken out."""
    planes = sampled_at(moving.planes, at[0], at[1])
    clear = moved_whole(moving.clear, round(at[0]), round(at[1]))
    seen = (reference.clear & clear).astype(np.float32)
    return fit_blocks(reference.blocks, in_blocks(planes, EDGE_PX), in_blocks(seen, EDGE_PX))


def _posterior_shift(found: Floats, covariance: Floats, prior: float) -> tuple[Floats, float]:
    """Posterior mean and error along one axis, pixels."""
    precision = np.linalg.inv(covariance + 1e-8 * np.eye(2))
    posterior = np.linalg.inv(precision + np.eye(2) / prior**2)
    return posterior @ precision @ found, math.sqrt(float(np.trace(posterior)) / 2)
