"""Log-odds of cloud, shadow and haze from the signs of a look, in pixels of 20 m.

The signs come from `change`; `scl` and `snow` give further evidence.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from assets.clouds.signs.change import LookDeparture
from assets.clouds.signs.log_odds import CLOUD_ROW, HAZE_ROW, HIDDEN, SHADOW_ROW, Floats, log_odds
from assets.clouds.signs.windows import morphological_opening, wide_level

# Centres and spreads of signs: fitted by hand on a dozen worlds of seeds 1 to 34, or as told.
HAZE_RISE: Final = (0.05, 0.02)  # reflectance that haze adds in blue
CLOUD_RISE: Final = (0.20, 0.18)  # that cloud adds, thin edges included
SHADE_FALL: Final = (-0.45, 0.4)  # natural logarithm of the fall in NIR and SWIR
CLOUD_PX: Final = 5  # 100 m: what is narrower either way is no cloud by its own brightness; chosen
SHADOW_PX: Final = 3  # 60 m; the same for shadows
ALONE_SHARE: Final = 0.8  # worth of colour alone, of which white ground has as much; chosen
ALONE_CLOUD: Final = (0.18, 0.10)  # whiteness of cloud; chosen
ALONE_CLEAR: Final = 0.03  # reflectance; spread of whiteness of clear ground; chosen
BLURRED: Final = (0.60, 0.13)  # share of the detail left under haze; chosen
SHARP: Final = (1.10, 0.12)  # on clear looks: a single one has more than the mean of many; chosen
BRIGHTENED: Final = 0.04  # reflectance; a haze that is just seen; chosen
STEP: Final = (0.55, 0.05)  # edge sharpness of things with edges: where half are, and spread
OBJECT_WORTH: Final = 4.0  # log-odds that a patch with edges is no cloud
PATTERN_CLOUD: Final = (0.1, 0.25)  # correlation with recent looks under cloud
PATTERN_CLEAR: Final = (0.95, 0.1)  # where the ground shows
PATTERN_SHARE: Final = 0.5  # worth of the pattern: thin cloud lets it through


def departure_evidence(found: LookDeparture, *, is_learned: bool) -> Floats:
    """Log-odds of cloud, shadow and haze from how a look departs from earlier ones.

    Cloud by a rise wider than 100 m, haze by a rise of most of the surroundings of 300 m or by
    lost detail; the pattern of recent looks, and sharp edges, count against cloud. Shadow by a
    fall of NIR and SWIR together, wider than 60 m. Without a past by the colour of the look alone,
    which is left out beside a learned mask, since that uses the same colour.

    Args:
        found: signs of the look, shapes (y, x), 20 m.
        is_learned: whether a learned mask is used as well.

    Returns:
        Natural logarithms, shape (HIDDEN, y, x), float32; 0 for snow.

    Raises:
        ValueError: signs have shapes that do not broadcast.

    Source:
        Own: docs/methods/masks.md; tests/integration/clouds/test_masks_truth.py.
    """
    out = np.zeros((HIDDEN, *found.rise.shape), np.float32)
    known = np.isfinite(found.rise)
    out[CLOUD_ROW] = np.where(
        known, _cloud_log_odds(found), 0.0 if is_learned else _whiteness_log_odds(found)
    )
    out[HAZE_ROW] = np.where(known, _haze_log_odds(found), 0.0)
    out[SHADOW_ROW] = _only_wide(
        _shadow_log_odds(found, found.fall),
        _shadow_log_odds(found, -morphological_opening(-found.fall, SHADOW_PX)),
    )
    shown = log_odds(found.match, hidden=PATTERN_CLOUD, clear=PATTERN_CLEAR)
    out[CLOUD_ROW] += PATTERN_SHARE * np.minimum(shown, 0.0)
    if not is_learned or known.any():
        out[[CLOUD_ROW, HAZE_ROW]] -= (
            OBJECT_WORTH * _object_certainty(found) * (known | (not is_learned))
        )
    return out


def _cloud_log_odds(found: LookDeparture) -> Floats:
    """Log-odds of cloud from the rise over the past."""
    clear = (0.0, found.spreads.rise)
    near = log_odds(found.rise, hidden=CLOUD_RISE, clear=clear)
    wide = log_odds(morphological_opening(found.rise, CLOUD_PX), hidden=CLOUD_RISE, clear=clear)
    return _only_wide(near, wide)


def _whiteness_log_odds(found: LookDeparture) -> Floats:
    """Log-odds of cloud from whiteness, where there is no past to tell cumulus from roofs."""
    white = morphological_opening(found.alone, SHADOW_PX)
    odds = log_odds(white, hidden=ALONE_CLOUD, clear=(0.0, ALONE_CLEAR))
    return np.asarray(ALONE_SHARE * odds, np.float32)


def _haze_log_odds(found: LookDeparture) -> Floats:
    """Log-odds of haze from a rise of the surroundings, or from detail that is lost.

    Detail that is there says nothing: a veil of even brightness would leave it.
    """
    veil = log_odds(wide_level(found.rise), hidden=HAZE_RISE, clear=(0.0, found.spreads.level))
    blur = log_odds(found.detail, hidden=BLURRED, clear=SHARP)
    return np.where(blur > 0, np.maximum(veil, blur), veil)


def _object_certainty(found: LookDeparture) -> Floats:
    """How surely each brightened pixel belongs to a thing with edges, 0..1."""
    sign = np.where(np.isfinite(found.rise), found.rise, found.alone)
    middle, spread = STEP
    sure = 1 / (1 + np.exp(-(found.sharpness - middle) / spread))
    return np.where(sign > BRIGHTENED, sure, 0.0).astype(np.float32)


def _shadow_log_odds(found: LookDeparture, fall: Floats) -> Floats:
    """Log-odds of shadow from a fall of NIR and SWIR."""
    return log_odds(fall, hidden=SHADE_FALL, clear=(0.0, found.spreads.fall))


def _only_wide(near: Floats, wide: Floats) -> Floats:
    """Log-odds of a sign that speaks for something only as far as it is wide, same shape."""
    return np.where(near < 0, near, np.maximum(np.minimum(wide, near), 0.0))
