"""Evidence for cloud, shadow, snow and haze from Sen2Cor's scene classification (SCL).

Pure, on classes alone; reflectance is not used.
"""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
from scipy import ndimage

from assets.clouds.signs.log_odds import (
    CLOUD_ROW,
    HIDDEN,
    MOST,
    Flags,
    Floats,
    to_coarse,
    to_fine,
)
from assets.clouds.signs.windows import dilated_flags, morphological_opening
from assets.scenes.stack import Classes

UNSEEN, SATURATED, DARK, SHADOW, VEGETATION, SOIL, WATER, UNCLASSIFIED = range(8)
MEDIUM, HIGH, CIRRUS, SNOW = range(8, 12)
BRIGHT: Final = (MEDIUM, HIGH)
CLOUD: Final = (*BRIGHT, CIRRUS)
GROUND: Final = (DARK, VEGETATION, SOIL, WATER, UNCLASSIFIED)

SHARES: Final = {
    # of each SCL class where the pixel is:  clear  cloud  shadow  snow   haze
    (VEGETATION, SOIL): (0.850, 0.030, 0.450, 0.120, 0.520),
    (DARK,): (0.030, 0.005, 0.120, 0.080, 0.020),
    (SHADOW,): (0.020, 0.010, 0.330, 0.100, 0.030),
    (WATER,): (0.020, 0.005, 0.060, 0.120, 0.010),
    (UNCLASSIFIED,): (0.040, 0.040, 0.030, 0.120, 0.070),
    BRIGHT: (0.010, 0.800, 0.005, 0.120, 0.100),
    (CIRRUS,): (0.015, 0.080, 0.005, 0.060, 0.250),
    (SNOW,): (0.005, 0.030, 0.003, 0.280, 0.005),
}
"""How often Sen2Cor gives a class: judged from what it does on the real series of Romania and from
published confusion matrices (Zekoll et al. 2021, doi:10.3390/rs13010137), rounded. Columns
after the first in the order of the rows of an evidence array."""
MARGIN_PX: Final = 2  # of 10 m; SCL finds the edges of clouds about one of its pixels late
MARGIN_SHARE: Final = 0.5  # weight of the evidence inside that margin
LONE_PX: Final = 5  # of 20 m: bright patches narrower than 100 m may be things, with no wider
LONE_REACH_PX: Final = 33  # one within 320 m, of 20 m
LONE_LEAST: Final = 1.0  # log-odds of cloud from which a pixel belongs to a patch
LONE_WORTH: Final = -2.5
"""Log-odds of cloud in such a patch: Sen2Cor takes large aircraft, ships and roofs for cloud, and
where its cloud is that small and alone, twelve of thirteen are taken to be such a thing."""


def scl_evidence(scl: Classes) -> Floats:
    """Log-odds of what hides the ground from SCL.

    Pixels beside cloud and shadow get half of their evidence; cloud in patches that are small and
    isolated gets less.

    Args:
        scl: class codes 0..255, shape (y, x), 10 m; 12 and above are no class.

    Returns:
        Natural logarithms, shape (HIDDEN, y, x), float32; 0 for no class.

    Raises:
        IndexError: `scl` is not of integers.

    Source:
        Classes: Sen2Cor, ESA L2A Algorithm Theoretical Basis Document; how often they are right:
        Zekoll et al. 2021, doi:10.3390/rs13010137; patches and margins: docs/methods/masks.md.
    """
    out = _class_log_odds()[:, scl]
    lone = lone_patches(to_coarse(np.where(scl == UNSEEN, np.nan, out[CLOUD_ROW])))
    if lone.any():
        few = to_fine(lone.astype(np.float32), scl.shape) * (out[CLOUD_ROW] > LONE_LEAST)
        out[CLOUD_ROW] += LONE_WORTH * few
    return _with_margins(out, scl)


@functools.cache
def _class_log_odds() -> Floats:
    """Log-odds by SCL class, shape (HIDDEN, 256); 0 of what is no class."""
    table = np.zeros((HIDDEN, 256), np.float32)
    for group, shares in SHARES.items():
        odds = np.log(np.array(shares[1:]) / shares[0])
        table[:, list(group)] = np.clip(odds, -MOST, MOST)[:, None]
    return table


def lone_patches(cloud: Floats) -> Flags:
    """Patches of cloud narrower than LONE_PX with no wider one near, shape (y, x), 20 m.

    Args:
        cloud: log-odds of cloud from SCL, shape (y, x), 20 m; NaN where unseen.

    Source:
        Own: docs/methods/masks.md; tests/unit/assets/clouds/test_mask.py.
    """
    patches = cloud > LONE_LEAST
    if not patches.any():
        return np.asarray(patches)
    wide = morphological_opening(np.where(np.isfinite(cloud), patches, np.nan), LONE_PX) > 0
    return np.asarray(patches & ~dilated_flags(wide, LONE_REACH_PX))


def _with_margins(evidence: Floats, scl: Classes) -> Floats:
    """Half of the evidence of cloud and shadow beside a pixel, where it says more than its own."""
    hides = np.isin(scl, (SHADOW, *CLOUD))
    if not hides.any():
        return evidence
    size = (1, 2 * MARGIN_PX + 1, 2 * MARGIN_PX + 1)
    parts = np.where(hides, evidence, -np.inf)
    beside = ndimage.maximum_filter(parts, size=size, mode="constant", cval=-np.inf)
    takes = np.isin(scl, GROUND)[None] & (beside > 0)
    return np.asarray(np.where(takes, np.maximum(evidence, MARGIN_SHARE * beside), evidence))
