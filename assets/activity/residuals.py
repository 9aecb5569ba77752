"""The brightness that a look has beyond its expectation, as a picture of the whole site.

Pure; the same levels and the same harmonics as for the indices, of the brightness alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.activity import indices
from assets.activity.baseline import Baseline
from assets.activity.expectation import fit_course, terms_of
from assets.activity.harmonics import HarmonicFit
from assets.activity.models import ClearLook, ZonePixels
from assets.activity.normalise import fit_levels
from assets.activity.sample import choose_sample, judged_pixels

RESIDUAL_SCALE: Final = 1e-4  # reflectance of one step in the stored residual
UNSEEN: Final = -32768  # in the stored residual


@dataclass(frozen=True, slots=True)
class Brightness:
    """What the brightness of every pixel of the site should be, and what tells a look's level.

    Attributes:
        harmonics: of brightness, shape (y * x,).
        sample: positions of pixels outside every judged zone.
        orbits: relative orbits that are told apart.
    """

    harmonics: HarmonicFit
    sample: npt.NDArray[np.intp]
    orbits: tuple[int, ...]


def learn_brightness(baseline: Baseline) -> Brightness:
    """The expected course of the brightness of a site; reference zones tell of levels, too."""
    past = baseline.past
    judged = judged_pixels(
        [known.box.zone for known in baseline.zones.values()], past.ordinary.shape[1:]
    )
    nothing = ZonePixels("", "other", np.empty(0, np.intp), np.empty(0))
    sample = choose_sample(past.ordinary, past.bands, judged, nothing).ravel()
    values = np.stack(
        [indices.brightness(past.of_look(number)) for number in range(len(past.looks))]
    )
    return Brightness(fit_course(past, values), sample, past.orbits)


def residual_image(look: ClearLook, brightness: Brightness) -> npt.NDArray[np.int16] | None:
    """Observed minus expected brightness of the clear pixels of a look, at the reference level.

    Gain and offset are fitted on the sample.

    Returns:
        Steps of RESIDUAL_SCALE reflectance, shape (y, x), UNSEEN where not clear or not known;
        None if the look cannot be compared.
    """
    sample = brightness.sample
    expected = brightness.harmonics.predict(terms_of([look], brightness.orbits))
    observed = indices.brightness(look.reflectance.reshape(len(look.reflectance), -1))[None]
    seen = look.clear.ravel() & np.isfinite(expected[0]) & np.isfinite(observed[0])
    levels = fit_levels(
        np.nan_to_num(expected[:, None, sample]), observed[:, None, sample], seen[None, sample]
    )
    difference = levels.take_off(observed[:, None])[0, 0] - expected[0]
    usable = seen & np.isfinite(difference)
    if not usable.any():
        return None
    steps = np.clip(np.where(usable, difference, 0.0) / RESIDUAL_SCALE, -32767, 32767)
    return np.where(usable, np.round(steps), UNSEEN).astype(np.int16).reshape(look.clear.shape)
