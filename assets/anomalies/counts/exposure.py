"""What a look should show if nothing changed: the sum of the rates of the cells seen. Pure.

Which cells were seen matters more than how many. Season and level are fitted in `regression`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

LEAST_THINGS: Final = 0.5  # that a history counts as, so that nothing ever seen is not never


def cell_rates(counts: Array, seen: Array, effort: Array, looks: float) -> tuple[Array, Array]:
    """Things per look of each cell at effort 1, shrunk to the mean of all cells.

    Args:
        counts: things counted, shape (look, cell), 0 where unseen.
        seen: 1 where a cell was seen, else 0, shape (look, cell).
        effort: what season and level multiply a look by, times how much it is to be believed,
            shape (look,).
        looks: how many looks' worth of belief the mean rate has.

    Returns:
        Rate and its variance, each float64, shape (cell,).

    Raises:
        ValueError: the numbers of looks or cells differ.

    Source:
        Posterior of Poisson counts under a gamma prior: Gelman et al. 2013, Bayesian Data
        Analysis, section 2.6.
    """
    views = effort @ seen
    things = max(float(counts.sum()), LEAST_THINGS)
    mean = things / max(float(views.sum()), np.finfo(np.float64).tiny)
    rates: Array = (counts.sum(axis=0) + looks * mean) / (views + looks)
    return rates, rates / (views + looks)
