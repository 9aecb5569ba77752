"""What every adapter returns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from resources.models import BandName

Found = dict[tuple[str, BandName], npt.NDArray[np.generic]]
"""Pixels of a window, shape (y, x), by date and band."""
