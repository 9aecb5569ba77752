"""What each pixel of a look shows: clear ground, cloud, shadow, snow, haze, or nothing usable.

Here the evidence is added up; each kind of it has a module beside this one. Pure functions on
arrays of the site grid; shares per zone and storage live elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.clouds import evidence as signs
from assets.clouds.departure import depart, departure_evidence, narrow_shadow
from assets.clouds.evidence import (
    CLOUD_ROW,
    HAZE_ROW,
    HIDDEN,
    MOST,
    SHADOW_ROW,
    SNOW_ROW,
    Floats,
)
from assets.clouds.learned import LearnedMask, learned_evidence
from assets.clouds.past import Expectation
from assets.clouds.scl import SATURATED as SCL_SATURATED
from assets.clouds.scl import SNOW as SCL_LAST
from assets.clouds.scl import UNSEEN as SCL_UNSEEN
from assets.clouds.scl import Habits, scl_evidence
from assets.clouds.shadow import Sun, shade_support, with_support
from assets.clouds.shape import near
from assets.clouds.spectrum import snow_covered, snow_in_shade
from assets.scenes.stack import Classes, Look

NO_DATA: Final = 0
CLEAR: Final = 1
CLOUD: Final = 2
SHADOW: Final = 3
SNOW: Final = 4
HAZE: Final = 5
SATURATED: Final = 6
CLASS_NAMES: Final = {
    NO_DATA: "no_data",
    CLEAR: "clear",
    CLOUD: "cloud",
    SHADOW: "shadow",
    SNOW: "snow",
    HAZE: "haze",
    SATURATED: "saturated",
}
ROW_CLASS: Final = {CLOUD_ROW: CLOUD, SHADOW_ROW: SHADOW, SNOW_ROW: SNOW, HAZE_ROW: HAZE}

METHOD: Final = "scl+spectrum+past"
METHOD_VERSION: Final = "3"
SNOW_WORTH: Final = 5.0  # log-odds of a spectrum that only snow and some ice clouds have
NEAR_CLOUD_M: Final = 400.0  # Koren et al. 2007, doi:10.1029/2007GL029253: haze round clouds
NEAR_CLOUD: Final = 1.0  # log-odds of haze there beyond its usual share
NO_SNOW: Final = -3.0  # of any other, where SWIR is there


@dataclass(frozen=True, slots=True)
class KnownSite:
    """What the past lets expect of a look: habits of SCL, and reflectance of its orbit."""

    habits: Habits
    expected: Expectation | None = None


@dataclass(frozen=True, slots=True)
class LookMask:
    """What each pixel of a look shows, shapes (y, x).

    Attributes:
        classes: codes as in CLASS_NAMES.
        probability: of the class that was chosen, 0..1; 1 where nothing was seen.
        clear: probability that the ground is seen as it is, 0..1; 0 where nothing was seen.
    """

    classes: Classes
    probability: Floats
    clear: Floats


def classify(
    look: Look,
    known: KnownSite,
    *,
    sun: Sun = Sun(),  # noqa: B008 - frozen
    learned: LearnedMask | None = None,
) -> LookMask:
    """Class of each pixel of a look and how probable it is.

    Log-odds of cloud, shadow, snow and haze against clear ground are added up over the kinds of
    evidence as if these were independent given the class (naive Bayes), each bounded so that none
    decides alone, from the prior shares of `evidence.PRIOR_SHARES`; the most probable class wins.

    Args:
        look: the look.
        known: what the past says.
        sun: where it stood.
        learned: probabilities of a learned mask, where the operator has one.
    """
    found = weigh(look, known, sun=sun, learned=learned)
    clear, hidden = signs.probabilities(found)
    everything = np.concatenate([clear[None], hidden])
    best = everything.argmax(axis=0)
    unseen = ~np.isfinite(look.reflectance[:4]).all(axis=0)
    if look.scl.any():  # of a source that has it
        unseen |= look.scl == SCL_UNSEEN
    codes = np.array([CLEAR, *(ROW_CLASS[row] for row in range(HIDDEN))], np.uint8)
    classes: Classes = codes[best]
    probability = everything.max(axis=0)
    for code, is_lost in (
        (SATURATED, look.is_saturated | (look.scl == SCL_SATURATED)),
        (NO_DATA, unseen | (look.scl > SCL_LAST)),
    ):
        classes[is_lost] = code
        clear[is_lost] = 0.0
        probability[is_lost] = 1.0
    return LookMask(classes, probability, clear)


def weigh(look: Look, known: KnownSite, *, sun: Sun, learned: LearnedMask | None) -> Floats:
    """Log-odds of what hides each pixel against clear ground, shape (HIDDEN, y, x)."""
    shape = look.scl.shape
    total = signs.prior_evidence(shape)
    total += scl_evidence(look.scl, known.habits)
    departure = depart(look, known.expected)
    departed = departure_evidence(departure, is_learned=learned is not None)
    if learned is not None:
        total += learned_evidence(learned)
    cloud = np.asarray(signs.to_coarse(total[CLOUD_ROW]) + departed[CLOUD_ROW] > 0)
    support = shade_support(cloud, sun)
    wide, narrow = departed[SHADOW_ROW], narrow_shadow(departure)
    darkness = np.where(support > 0, np.maximum(wide, narrow), wide)
    departed[SHADOW_ROW] = with_support(darkness, support)
    beside = near(cloud, NEAR_CLOUD_M) & ~cloud & np.isfinite(departure.rise)
    departed[HAZE_ROW] += NEAR_CLOUD * beside
    total += signs.to_fine(departed, shape)
    _add_snow(total, look, signs.to_fine(departure.rise, shape))
    return total


def _add_snow(total: Floats, look: Look, rise: Floats) -> None:
    """Evidence of snow from its spectrum; brightness that snow explains speaks for it, too."""
    covered = snow_covered(look) | snow_in_shade(look, rise)
    bright = np.clip(np.maximum(total[CLOUD_ROW], total[HAZE_ROW]), 0.0, MOST)
    total[SNOW_ROW] += np.where(covered, SNOW_WORTH, NO_SNOW)
    total[SNOW_ROW] += np.where(covered, bright, 0.0)
    dark = np.clip(total[SHADOW_ROW], 0.0, MOST)
    total[SNOW_ROW] += np.where(covered, dark, 0.0)  # dark in SWIR, which is how snow is known
