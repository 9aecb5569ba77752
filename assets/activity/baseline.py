"""What a zone is expected to look like in a month, from past clear looks of one relative orbit.

Pure and causal: everything here comes from looks before the month that is judged. Measuring a
new look against it is `measure`'s job.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity import indices, robust
from assets.activity.history import LOOKS_MIN
from assets.activity.indices import INDICES, IndexName
from assets.activity.normalise import RadiometricFit, fit_looks
from resources.models import REFLECTANCE_BANDS, ZoneKind

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

SAMPLE_PIXELS: Final = 2000  # of the rest of the site; a fit has 8 unknowns a band
KINDS_SIDE: Final = 6  # quantile steps of brightness and of greenness
SPREAD_FLOOR: Final = 0.003  # reflectance; noise of L2A over dark ground
PAVED: Final[tuple[ZoneKind, ...]] = ("apron", "parking", "yard")
"""Kinds on which things stand for long, on a surface that is much the same all over."""
ODD_SIGMA: Final = 3.0  # expected pixels that differ more from their zone are not bare surface


@dataclass(frozen=True, slots=True)
class ZonePixels:
    """The pixels of a zone: positions in the flattened grid and area of the zone in each, m2."""

    zone_id: str
    kind: ZoneKind
    index: npt.NDArray[np.intp]
    area_m2: Floats

    @classmethod
    def of(
        cls, zone_id: str, kind: ZoneKind, weights: npt.NDArray[np.float32], pixel_m2: float
    ) -> ZonePixels:
        """From the coverage shares of a zone, shape (y, x)."""
        flat = weights.ravel()
        index = np.flatnonzero(flat > 0)
        return cls(zone_id, kind, index, flat[index].astype(np.float64) * pixel_m2)


@dataclass(frozen=True, slots=True)
class ClearLook:
    """A look with its mask: reflectance (band, y, x), clear (y, x), and its weight."""

    acquisition_id: str
    reflectance: npt.NDArray[np.float32]
    clear: Mask
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class ZoneBaseline:
    """What a zone is compared with.

    Attributes:
        sample: positions of the pixels that fit the radiometry, all outside the zone.
        expected, bare: reflectance, shape (band, pixel); bare is what an empty surface shows.
        sigma: spread over the past of a pixel about its prediction, shape (band, pixel);
            `sample_sigma` the same for the sampled pixels.
        habit: per index, what the past fields are beyond their prediction on average, shape
            (pixel,): for occupancy, how often the pixel was occupied.
        differences: per index, past fields minus prediction and habit, shape (look, pixel),
            each look left out of its own expectation; NaN where it was not clear.
        field_sigma: per index, spread of those differences, shape (pixel,).
        weights: of the past looks, by season, age and noise.
        typical_scale: unexplained residual of the rest of the site on a usual look, (band,).
        typical_threshold: `indices.occupancy_threshold` of a usual look.
    """

    zone: ZonePixels
    sample: npt.NDArray[np.intp]
    expected: Floats
    bare: Floats
    sigma: Floats
    sample_sigma: Floats
    habit: dict[IndexName, Floats]
    differences: dict[IndexName, Floats]
    field_sigma: dict[IndexName, Floats]
    weights: Floats
    typical_scale: Floats
    typical_threshold: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """The expectation of one orbit in one month.

    Attributes:
        look_ids: the past looks used, best first.
        bands: positions in REFLECTANCE_BANDS that the past has.
        expected: reflectance, shape (band, y, x); NaN where too few looks were clear.
        texture: of the expected image, shape (y, x).
        zones: by zone id.
    """

    look_ids: tuple[str, ...]
    bands: tuple[int, ...]
    expected: npt.NDArray[np.float64]
    texture: npt.NDArray[np.float32]
    zones: dict[str, ZoneBaseline]


def learn_baseline(past: Sequence[ClearLook], zones: Sequence[ZonePixels]) -> Baseline | None:
    """The baseline of a site from its past looks of one orbit.

    Args:
        past: at most some two dozen looks, best first, weights by `history.look_weights`.
        zones: all zones of the site, judged and reference.

    Returns:
        None where there are fewer than LOOKS_MIN looks: the site is still learning.
    """
    if len(past) < LOOKS_MIN:
        return None
    expected, bands = expect_pixels(past)
    judged = judged_pixels(zones, expected.shape[1:])
    image = indices.brightness(expected.reshape(len(expected), -1)).reshape(expected.shape[1:])
    image_texture = indices.texture(image, np.isfinite(image))
    textures = np.stack([texture_of(look) for look in past])
    found = {
        zone.zone_id: _learn_zone(
            zone,
            past,
            expected=expected,
            bands=bands,
            judged=judged,
            texture_difference=(textures - image_texture).reshape(len(past), -1)[:, zone.index],
        )
        for zone in zones
    }
    return Baseline(
        tuple(look.acquisition_id for look in past), bands, expected, image_texture, found
    )


def expect_pixels(past: Sequence[ClearLook]) -> tuple[Floats, tuple[int, ...]]:
    """Expected reflectance of each pixel and the bands that the past has.

    A robust weighted mean of the past looks, each first brought to their common level by one
    offset a band, so that haze and a change of processing weigh less.

    Returns:
        Reflectance, shape (band, y, x), NaN where fewer than LOOKS_MIN looks were clear.
    """
    count, rows, columns = len(REFLECTANCE_BANDS), *past[0].clear.shape
    weights = np.array([look.weight for look in past])
    seen = np.stack([look.clear for look in past])
    expected = np.full((count, rows, columns), np.nan)
    bands = []
    for band in range(count):
        values = np.stack([look.reflectance[band] for look in past]).astype(np.float64)
        values[~seen] = np.nan
        enough = np.isfinite(values).sum(axis=0) >= LOOKS_MIN
        if not enough.any():
            continue
        values -= _levels(values, enough)[:, None, None]
        centre = robust.weighted_centre(values, weights, floor=SPREAD_FLOOR)
        expected[band] = np.where(enough, centre, np.nan)
        bands.append(band)
    return expected, tuple(bands)


def fit_radiometry(
    looks: Sequence[ClearLook], expected: Floats, sample: npt.NDArray[np.intp], bands: Sequence[int]
) -> RadiometricFit:
    """Maps from the expectation to each look, on the sampled pixels of the rest of the site."""
    flat = expected.reshape(len(expected), -1)[list(bands)][:, sample]
    observed = np.stack(
        [look.reflectance.reshape(len(expected), -1)[list(bands)][:, sample] for look in looks]
    )
    clear = np.stack([look.clear.ravel()[sample] for look in looks])
    return fit_looks(flat, observed, clear & np.isfinite(observed).all(axis=1))


def predict_bands(fit: RadiometricFit, surface: Floats, bands: Sequence[int]) -> Floats:
    """Prediction of every look for a surface (band, pixel), NaN in bands the past has not."""
    out = np.full((len(fit.terms), *surface.shape), np.nan)
    out[:, list(bands)] = fit.predict(surface[list(bands)])
    return out


def noise_factor(scale: Floats, typical: Floats) -> Floats:
    """How much noisier than usual each look is, at least 1; NaN where it could not be fitted.

    Args:
        scale: unexplained residuals of the looks, shape (look, band).
        typical: the usual ones, shape (band,).
    """
    with np.errstate(invalid="ignore"):
        ratio = robust.median((scale / typical).T)
    return np.where(np.isfinite(ratio), np.maximum(ratio, 1.0), np.nan)


def index_differences(
    observed: npt.NDArray[np.floating],
    predicted: Floats,
    texture_difference: npt.NDArray[np.floating],
) -> dict[IndexName, Floats]:
    """Observed minus predicted field of each spectral index and texture, shape (look, pixel)."""
    return {
        "brightness": indices.brightness(observed) - indices.brightness(predicted),
        "ndvi": indices.ndvi(observed) - indices.ndvi(predicted),
        "bare_soil": indices.bare_soil(observed) - indices.bare_soil(predicted),
        "texture": np.asarray(texture_difference, dtype=np.float64),
    }


def bare_surface(expected: Floats, kind: ZoneKind) -> Floats:
    """What each pixel of a zone would show with nothing on it, shape (band, pixel).

    On paved zones a pixel whose expectation is far from that of the zone is taken to be one that
    is always occupied, and gets the zone's own surface; elsewhere the expectation itself.
    """
    if kind not in PAVED:
        return expected
    centre = robust.median(expected.T)[:, None]
    spread = np.maximum(robust.MAD_TO_SIGMA * robust.median(np.abs(expected - centre).T), 0.01)
    with np.errstate(invalid="ignore"):
        odd = (np.abs(expected - centre) / spread[:, None] > ODD_SIGMA).any(axis=0)
    return np.where(odd[None], centre, expected)


def _learn_zone(
    zone: ZonePixels,
    past: Sequence[ClearLook],
    *,
    expected: Floats,
    bands: tuple[int, ...],
    judged: Mask,
    texture_difference: npt.NDArray[np.floating],
) -> ZoneBaseline:
    """The baseline of one zone; see `ZoneBaseline`."""
    count = len(expected)
    sample = choose_sample(expected, bands, judged, zone)
    surface = expected.reshape(count, -1)[:, zone.index]
    bare = bare_surface(surface, zone.kind)
    fit = fit_radiometry(past, expected, sample, bands)
    typical = robust.median(fit.scale)
    noise = noise_factor(fit.scale, typical)
    weights = np.array([look.weight for look in past])
    weights = np.where(np.isfinite(noise), weights / noise**2, 0.0)
    judge = _PastResiduals(past, fit, expected=expected, bands=bands, weights=weights, noise=noise)
    observed, residual, sigma = judge.at(zone.index)
    _, sample_residual, sample_sigma = judge.at(sample)
    quiet = noise[:, None, None]
    threshold = indices.occupancy_threshold(
        indices.departure_score(sample_residual, sample_sigma * quiet)
    )
    predicted = predict_bands(fit, surface, bands)
    clear = np.isfinite(observed).any(axis=1)
    left_out = _leave_one_out(clear, weights)
    fields = index_differences(observed, predicted, texture_difference)
    from_bare = residual + predicted - predict_bands(fit, bare, bands)
    fields["occupancy"] = indices.occupied(
        indices.departure_score(from_bare, sigma * quiet), threshold
    )
    fields = {name: np.where(clear, values, np.nan) for name, values in fields.items()}
    habit = {name: _habit(values, weights) for name, values in fields.items()}
    differences = {name: (values - habit[name]) * left_out for name, values in fields.items()}
    field_sigma = {
        name: robust.weighted_spread(differences[name] / noise[:, None], weights)
        for name in INDICES
        if name != "occupancy"
    }
    field_sigma["occupancy"] = _flag_sigma(fields["occupancy"])
    return ZoneBaseline(
        zone=zone,
        sample=sample,
        expected=surface,
        bare=bare,
        sigma=sigma,
        sample_sigma=sample_sigma,
        habit=habit,
        differences=differences,
        field_sigma=field_sigma,
        weights=weights,
        typical_scale=typical,
        typical_threshold=float(robust.median(threshold)[0]),
    )


def _flag_sigma(flags: Floats) -> Floats:
    """Standard deviation of a yes-or-no field, shape (pixel,), from past flags (look, pixel).

    Half a yes and half a no are added (Jeffreys prior), so that a pixel that was never occupied
    in twenty looks may yet be, once in a while.
    """
    seen = np.isfinite(flags).sum(axis=0)
    share = (np.nansum(flags, axis=0) + 0.5) / (seen + 1.0)
    return np.asarray(np.where(seen > 0, np.sqrt(share * (1.0 - share)), np.nan))


def _habit(fields: Floats, weights: Floats) -> Floats:
    """Weighted mean of past fields (look, pixel) over the looks that were clear; NaN without."""
    weight = weights[:, None] * np.isfinite(fields)
    total = weight.sum(axis=0)
    mean = (weight * np.nan_to_num(fields)).sum(axis=0) / np.where(total > 0, total, 1.0)
    return np.asarray(np.where(total > 0, mean, np.nan))


@dataclass(frozen=True, slots=True)
class _PastResiduals:
    """What the past looks leave unexplained at chosen pixels."""

    past: Sequence[ClearLook]
    fit: RadiometricFit
    expected: Floats
    bands: tuple[int, ...]
    weights: Floats
    noise: Floats

    def at(self, positions: npt.NDArray[np.intp]) -> tuple[Floats, Floats, Floats]:
        """Observed, residual (look, band, pixel) with each look left out, and spread over looks.

        NaN where a look was not clear or could not be fitted.
        """
        count = len(self.expected)
        observed = np.stack(
            [look.reflectance.reshape(count, -1)[:, positions] for look in self.past]
        )
        clear = np.stack([look.clear.ravel()[positions] for look in self.past])
        clear &= (self.weights > 0)[:, None]
        observed = np.where(clear[:, None], observed, np.nan).astype(np.float64)
        surface = self.expected.reshape(count, -1)[:, positions]
        residual = observed - predict_bands(self.fit, surface, self.bands)
        residual *= _leave_one_out(clear, self.weights)[:, None]
        size = np.abs(residual / self.noise[:, None, None])
        return (
            observed,
            residual,
            np.maximum(robust.MAD_TO_SIGMA * robust.median(size), SPREAD_FLOOR),
        )


def judged_pixels(zones: Sequence[ZonePixels], shape: tuple[int, ...]) -> Mask:
    """Pixels of any zone that is watched for change, not being a reference, shape (y, x)."""
    judged = np.zeros(shape, bool)
    for zone in zones:
        if zone.kind != "reference":
            judged.ravel()[zone.index] = True
    return judged


def choose_sample(
    expected: Floats, bands: Sequence[int], judged: Mask, zone: ZonePixels
) -> npt.NDArray[np.intp]:
    """Positions of at most SAMPLE_PIXELS pixels that stand for the rest of the site.

    None of a judged zone or of this one. Drawn by kinds of ground (cells of brightness and
    greenness): half as the kinds are found in the zone, half from all kinds alike, so that a
    concrete apron amid grass is not predicted from what grass does in spring.
    """
    usable = np.isfinite(expected[list(bands)]).all(axis=0) & ~judged
    usable.ravel()[zone.index] = False
    positions = np.flatnonzero(usable)
    if len(positions) <= SAMPLE_PIXELS:
        return positions
    flat = expected.reshape(len(expected), -1)
    cells, own = _kinds_of_ground(flat[:, positions], flat[:, zone.index])
    count = np.bincount(cells, minlength=KINDS_SIDE**2)
    here = np.bincount(own, minlength=KINDS_SIDE**2) * (count > 0)
    alike = (count > 0) / max((count > 0).sum(), 1)
    share = 0.5 * alike + 0.5 * (here / here.sum() if here.any() else alike)
    wanted = np.minimum(np.ceil(share * SAMPLE_PIXELS).astype(np.intp), count)
    drawn = [
        np.flatnonzero(cells == cell)[np.linspace(0, count[cell] - 1, wanted[cell]).astype(np.intp)]
        for cell in np.flatnonzero(wanted)
    ]
    return np.asarray(np.sort(positions[np.concatenate(drawn)]))


def _kinds_of_ground(
    rest: Floats, zone: Floats
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Cell of brightness and greenness of each pixel of the rest of the site and of a zone.

    Cells are bounded by quantiles of the rest; both inputs have shape (band, pixel).
    """
    cells = np.zeros(rest.shape[1], np.intp)
    own = np.zeros(zone.shape[1], np.intp)
    steps = np.arange(1, KINDS_SIDE) / KINDS_SIDE
    for measure in (indices.brightness, indices.ndvi):
        values, of_zone = (np.nan_to_num(measure(pixels)) for pixels in (rest, zone))
        limits = np.quantile(values, steps)
        cells = cells * KINDS_SIDE + np.searchsorted(limits, values)
        own = own * KINDS_SIDE + np.searchsorted(limits, of_zone)
    return cells, own


def texture_of(look: ClearLook) -> npt.NDArray[np.float32]:
    """Texture image of a look, shape (y, x)."""
    bands = look.reflectance.reshape(len(look.reflectance), -1)
    image = indices.brightness(bands).reshape(look.clear.shape)
    return indices.texture(image, look.clear)


def _levels(values: Floats, enough: Mask) -> Floats:
    """How far each look lies above the common level, shape (look,), reflectance."""
    inside = values[:, enough]
    inside = inside[:, :: max(1, inside.shape[1] // SAMPLE_PIXELS)]
    levels = robust.median((inside - robust.median(inside)).T)
    return np.where(np.isfinite(levels), levels, 0.0)


def _leave_one_out(clear: Mask, weights: Floats) -> Floats:
    """Factor that turns a residual from a weighted mean into one that leaves the look out.

    For a mean with weights w, y - mean_without_y = (y - mean) / (1 - w / sum(w)); shape
    (look, pixel).
    """
    weight = clear * weights[:, None]
    share = weight / np.maximum(weight.sum(axis=0), 1e-12)
    return np.asarray(1.0 / np.maximum(1.0 - share, 0.2))
