"""How much one look says for a change, on one scale for all series and lengths of history.

Pure numbers. What follows from a run of looks is `sequential`'s job.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

EVIDENCE_MAX: Final = 6.0  # no single look may count for more: real tails are heavier than normal


def evidence_of(
    z: npt.NDArray[np.float64], baseline_n: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Evidence of departures whose spread was itself estimated from few looks.

    Args:
        z: departures in their estimated standard errors.
        baseline_n: looks behind each estimate, at least 2.

    Returns:
        Normal scores of the same tail probability as Student's t with baseline_n - 1 degrees of
        freedom (Student 1908, doi:10.2307/2331554), within +-EVIDENCE_MAX, same sign as z.
    """
    tail = stats.t.sf(np.abs(z), np.maximum(baseline_n - 1, 1))
    score = stats.norm.isf(np.maximum(tail, 1e-300))
    return np.asarray(np.sign(z) * np.clip(score, 0.0, EVIDENCE_MAX))


def bounded(z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Evidence of departures whose errors allow for the length of history already: z, bounded."""
    return np.clip(z, -EVIDENCE_MAX, EVIDENCE_MAX)
