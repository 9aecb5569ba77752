"""The class of each pixel of a look: clear, cloud, shadow, snow, haze, saturated or no data.

Adds up the evidence of the modules in `signs`. Pure functions on arrays of the site grid;
`fractions` makes shares per zone, `months` stores the masks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import ndimage

from assets.clouds.external_masks import LearnedMask, learned_evidence
from assets.clouds.signs import log_odds as signs
from assets.clouds.signs.change import measure_departure
from assets.clouds.signs.likelihood import departure_evidence
from assets.clouds.signs.log_odds import CLOUD_ROW, HAZE_ROW, HIDDEN, SHADOW_ROW, SNOW_ROW, Floats
from assets.clouds.signs.past_looks import PastLooks
from assets.clouds.signs.patches import ALL_SIDES, EDGES
from assets.clouds.signs.scl import SATURATED as SCL_SATURATED
from assets.clouds.signs.scl import SNOW as SCL_LAST
from assets.clouds.signs.scl import UNSEEN as SCL_UNSEEN
from assets.clouds.signs.scl import scl_evidence
from assets.clouds.signs.snow import SnowContext, add_snow
from assets.clouds.signs.sun_position import SunPosition
from assets.scenes.stack import Classes, LookPixels

NO_DATA: Final = 0  # code of a class
CLEAR: Final = 1  # code of a class
CLOUD: Final = 2  # code of a class
SHADOW: Final = 3  # code of a class
SNOW: Final = 4  # code of a class
HAZE: Final = 5  # code of a class
SATURATED: Final = 6  # code of a class
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

SURELY_CLEAR: Final = 0.9  # probability; of 0.8 to 1, best on worlds 2 to 6 by the union of clear
METHOD: Final = "scl+spectrum+past"
METHOD_VERSION: Final = "5"


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


def classify_look(
    look: LookPixels,
    known: PastLooks,
    *,
    sun: SunPosition = SunPosition(),  # noqa: B008 - frozen
    learned: LearnedMask | None = None,
) -> LookMask:
    """Class of each pixel of a look and how probable it is.

    Log-odds of cloud, shadow, snow and haze against clear ground are added up over the kinds of
    evidence as if these were independent given the class (naive Bayes), each bounded so that none
    decides alone, from the prior shares of `log_odds.PRIOR_SHARES`; the most probable class is
    given.

    Args:
        look: the look.
        known: earlier looks.
        sun: its position at the look.
        learned: probabilities of a learned mask; None without one.

    Returns:
        Class, its probability and that of clear, shapes (y, x).

    Raises:
        ValueError: shapes do not broadcast (earlier looks or a learned mask of another grid).

    Source:
        Naive Bayes: Hand and Yu 2001, doi:10.1111/j.1751-5823.2001.tb00465.x; evidence and
        numbers: docs/methods/masks.md, tests/integration/clouds/test_masks_truth.py.
    """
    found = hidden_log_odds(look, known, sun=sun, learned=learned)
    clear, hidden = signs.class_probabilities(found)
    everything = np.concatenate([clear[None], hidden])
    best = everything.argmax(axis=0)
    unseen = ~np.isfinite(look.reflectance[:4]).all(axis=0)
    if look.scl.any():  # of a source that has it
        unseen |= look.scl == SCL_UNSEEN
    codes = np.array([CLEAR, *(ROW_CLASS[row] for row in range(HIDDEN))], np.uint8)
    classes = widen_clouds(codes[best], clear)
    probability = everything.max(axis=0)
    for code, is_lost in (
        (SATURATED, look.is_saturated | (look.scl == SCL_SATURATED)),
        (NO_DATA, unseen | (look.scl > SCL_LAST)),
    ):
        classes[is_lost] = code
        clear[is_lost] = 0.0
        probability[is_lost] = 1.0
    return LookMask(classes, probability, clear)


def widen_clouds(classes: Classes, clear: Floats) -> Classes:
    """Classes with cloud and shadow a pixel wider over ground not surely clear, shape (y, x).

    Evidence comes in pixels of 20 m, and thin edges of clouds give less of it: the next 10 m are
    covered in about half of the cases. Lines narrower than three pixels are not widened.

    Args:
        classes: codes of CLASS_NAMES, shape (y, x).
        clear: probability of clear ground, same shape.

    Raises:
        ValueError: shapes do not broadcast.

    Source:
        Own: docs/methods/masks.md; tests/unit/assets/clouds/test_mask.py.
    """
    wider = classes.copy()
    for code in (SHADOW, CLOUD):
        thick = ndimage.binary_opening(classes == code, ALL_SIDES)
        beside = ndimage.binary_dilation(thick, EDGES)
        wider[beside & (classes == CLEAR) & (clear < SURELY_CLEAR)] = code
    return wider


def hidden_log_odds(
    look: LookPixels, known: PastLooks, *, sun: SunPosition, learned: LearnedMask | None
) -> Floats:
    """Log-odds of what hides each pixel against clear ground, shape (HIDDEN, y, x)."""
    shape = look.scl.shape
    departure = measure_departure(look, known)
    seen = signs.to_fine(departure_evidence(departure, is_learned=learned is not None), shape)
    if learned is not None:
        seen = seen + learned_evidence(learned)
    total = signs.prior_evidence(shape) + scl_evidence(look.scl) + seen
    rise, kept = signs.to_fine(np.stack([departure.rise, departure.kept_snow]), shape)
    add_snow(total, look, SnowContext(seen, rise, kept), sun)
    return total
