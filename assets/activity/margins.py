"""Which clear pixels lie far enough from clouds to be measured.

Pure; which pixels are clear at all is decided by the masks.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from assets.activity.models import Mask
from assets.clouds.mask import CLEAR, CLOUD, HAZE, SHADOW
from assets.clouds.patches import large_patches
from assets.scenes.stack import Classes

MARGIN_PX: Final = 6  # of 10 m: nine tenths of the thin rims that masks miss lie nearer
CLOUD_LEAST_PX: Final = 100  # a hectare; smaller patches have no rims worth it, or are no clouds


def measurable(classes: Classes) -> Mask:
    """Clear pixels that are further than MARGIN_PX from any sizeable cloud, shadow or haze.

    The rims of clouds and of their shadows thin out over some tens of metres, and what is left of
    them past the mask is small beside a cloud but large beside what indices of activity look for.

    Args:
        classes: codes of `mask.CLASS_NAMES`, shape (y, x).

    Returns:
        Shape (y, x).

    Source:
        Masks are widened by 30 m for the same reason by Zhu, Wang and Woodcock 2015,
        doi:10.1016/j.rse.2014.12.014.
    """
    hidden = np.isin(classes, (CLOUD, SHADOW, HAZE))
    clear: npt.NDArray[np.bool_] = classes == CLEAR
    sizeable = large_patches(hidden, CLOUD_LEAST_PX)
    if not sizeable.any():
        return clear
    return clear & (ndimage.distance_transform_edt(~sizeable) > MARGIN_PX)
