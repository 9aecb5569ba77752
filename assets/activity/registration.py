"""How far a look lies from its reference: sub-pixel shifts with their standard errors.

Pure arrays. The shift is taken out in the one resampling (`scenes.resample`), not here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from assets.activity.block_fit import BlockFit, fit_blocks, in_blocks
from assets.activity.prepared import Mask, Prepared, Window, prepare, working_window
from assets.scenes.resample import moved_whole, sampled_at
from assets.scenes.stack import Shift

__all__ = [
    "Prepared",
    "Registration",
    "Window",
    "align",
    "find_shift",
    "prepare",
    "shrunk",
    "working_window",
]

State = Literal["registered", "unsure"]

STEPS: Final = 5  # of least squares
CONVERGED_PX: Final = 0.005
REACH_PX: Final = 4.0  # looks further off are not registered by this
CONFIRM_PX: Final = 1.5  # larger shifts are believed only where phase correlation says the same
AGREE_PX: Final = 1.0
PRIOR_PX: Final = 0.3  # standard deviation of a shift along one axis, see docs/methods/registration
METHOD_PX: Final = 0.005  # error that more pixels do not lower: interpolation, unresolved edges
UNSURE_PX: Final = 0.25  # an error near the prior: such a shift says nothing


@dataclass(frozen=True, slots=True)
class Registration:
    """Where a look lies.

    Attributes:
        shift: how far its content lies east and south of the reference's, pixels of 10 m; taken
            out by `LookReader.look(row, shift)`. (0, 0) where `unsure`.
        error_px: standard error of the shift along one axis (root mean square of both), pixels;
            where unsure the prior spread, since that is what is not known then.
        pixels: clear pixels in common with the reference that were used.
        state: `unsure` where too little is clear, contrast is low, blocks disagree, or the shift
            is larger than is believable.
    """

    shift: Shift
    error_px: float
    pixels: int
    state: State


def find_shift(reference: Prepared, moving: Prepared, near: Shift | None = None) -> Registration:
    """How far `moving` lies east and south of `reference`.

    Phase correlation of the strength of edges (whatever their sign) finds the place roughly, least
    squares on the clear pixels the rest (`fit_blocks`): a window of clear pixels has no sharp
    transform, and its own edges, which stay where they are, would draw the shift to zero.

    Args:
        reference: what is taken for unshifted.
        moving: the look.
        near: where it lies nearly, if that is known: the search for the rough place is left out.

    Source:
        Guizar-Sicairos et al. 2008, doi:10.1364/OL.33.000156 (scikit-image)
    """
    if not (reference.spectrum.any() and moving.spectrum.any()):
        return _unsure(0)
    start = near or _rough_shift(reference, moving)
    is_near = max(abs(start.east_px), abs(start.south_px)) <= REACH_PX
    found = _refined(reference, moving, start if is_near else Shift())
    if found is None:
        return _unsure(0)
    shift, fit = found
    error = math.sqrt(float(np.trace(fit.covariance)) / 2 + METHOD_PX**2)
    is_far = max(abs(shift.east_px), abs(shift.south_px)) > CONFIRM_PX
    if error > UNSURE_PX or (is_far and not _is_confirmed(reference, moving, shift)):
        return _unsure(fit.pixels)
    return Registration(shift, error, fit.pixels, "registered")


def shrunk(registration: Registration, prior_px: float = PRIOR_PX) -> Registration:
    """The shift drawn to zero as far as its error asks for: the better guess on average.

    Args:
        registration: as found.
        prior_px: standard deviation of true shifts along one axis, pixels.
    """
    weight = prior_px**2 / (prior_px**2 + registration.error_px**2)
    shift = registration.shift
    error = math.sqrt(weight) * registration.error_px
    return replace(
        registration,
        shift=Shift(weight * shift.east_px, weight * shift.south_px),
        error_px=error if registration.state == "registered" else registration.error_px,
    )


def align(
    images: Iterable[npt.NDArray[np.float32]],
    clears: Iterable[Mask],
    *,
    window: Window | None = None,
    rounds: int = 2,
) -> tuple[Prepared, list[Registration]]:
    """Reference of a stack of looks, and how far each lies from it.

    Args:
        images: reflectance of each look, unshifted, shape (band, y, x), as for `prepare`; may be
            an iterator, so that large looks need not be held at once.
        clears: their masks, shape (y, x); as many.
        window: as for `prepare`; the same for all looks of the site.
        rounds: how often the looks are registered to the middle of the shifted looks.

    Returns:
        The reference, made for `find_shift`, which lies where the median of the looks lies; and a
        registration for each look, in order.

    Raises:
        ValueError: no look, or not as many masks as images.
    """
    looks = [prepare(*look, window) for look in zip(images, clears, strict=True)]
    if not looks:
        raise ValueError("A reference needs one look at least, found none")
    reference, found = _middle(looks, [Shift()] * len(looks)), [_unsure(0)] * len(looks)
    for _ in range(rounds):
        near = [one.shift if one.state == "registered" else None for one in found]
        places = zip(looks, near, strict=True)
        found = _pinned([find_shift(reference, look, place) for look, place in places])
        reference = _middle(looks, [one.shift for one in found])
    return reference, found


def _pinned(found: list[Registration]) -> list[Registration]:
    """The same with the median of the registered shifts as zero."""
    sure = [one.shift for one in found if one.state == "registered"]
    if not sure:
        return found
    east = float(np.median([shift.east_px for shift in sure]))
    south = float(np.median([shift.south_px for shift in sure]))
    return [
        replace(one, shift=Shift(one.shift.east_px - east, one.shift.south_px - south))
        if one.state == "registered"
        else one
        for one in found
    ]


def _middle(looks: Sequence[Prepared], shifts: Sequence[Shift]) -> Prepared:
    """Median of the looks with their shifts taken out, where a third of the most is clear."""
    count = np.zeros(looks[0].clear.shape, np.int16)
    planes = np.empty((len(looks), *looks[0].features.shape), np.float32)
    for number, (look, shift) in enumerate(zip(looks, shifts, strict=True)):
        clear = _taken_out(look.clear, shift)
        planes[number] = sampled_at(look.features, shift.east_px, shift.south_px)
        planes[number][:, ~clear] = np.inf  # sorts behind all that was seen
        count += clear
    planes.sort(axis=0)
    middles = [np.maximum(count - 1, 0) // 2, count // 2]
    ends = [np.take_along_axis(planes, at[None, None], axis=0)[0] for at in middles]
    clear = (count > 0) & (count >= count.max() / 3)
    middle = np.where(clear, (ends[0] + ends[1]) / 2, np.float32(0))
    return Prepared(middle, clear)


def _refined(reference: Prepared, moving: Prepared, start: Shift) -> tuple[Shift, BlockFit] | None:
    """Least squares, repeated with the shift so far taken out; None where it leads nowhere."""
    at, fit = start, None
    for _ in range(STEPS):
        planes = sampled_at(moving.features, at.east_px, at.south_px)
        seen = reference.inner & _taken_out(moving.clear, at)
        blocks = in_blocks(planes, reference.edge)
        marks = in_blocks(seen.astype(np.float32), reference.edge)
        fit = fit_blocks(reference.blocks, blocks, marks)
        if fit is None:
            return None
        at = Shift(at.east_px + float(fit.step[0]), at.south_px + float(fit.step[1]))
        if max(abs(at.east_px), abs(at.south_px)) > REACH_PX:
            return None
        if np.abs(fit.step).max() < CONVERGED_PX:
            break
    if fit is None:
        return None
    return at, replace(fit, covariance=fit.covariance + np.diag(fit.step**2))


def _is_confirmed(reference: Prepared, moving: Prepared, shift: Shift) -> bool:
    """Whether phase correlation sees a shift, too."""
    rough = _rough_shift(reference, moving)
    apart = math.hypot(shift.east_px - rough.east_px, shift.south_px - rough.south_px)
    return apart < AGREE_PX


def _rough_shift(reference: Prepared, moving: Prepared) -> Shift:
    """The shift by phase correlation, to about a third of a pixel."""
    from skimage.registration import phase_cross_correlation

    (down, right), _, _ = phase_cross_correlation(  # type: ignore[no-untyped-call]
        reference.spectrum,
        moving.spectrum,
        space="fourier",
        upsample_factor=4,
        normalization=None,
    )
    return Shift(-2 * float(right), -2 * float(down))


def _taken_out(mask: Mask, shift: Shift) -> Mask:
    """The mask with the nearest whole shift taken out."""
    return moved_whole(mask, round(shift.east_px), round(shift.south_px))


def _unsure(pixels: int) -> Registration:
    return Registration(Shift(), PRIOR_PX, pixels, "unsure")
