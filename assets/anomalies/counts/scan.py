"""What a sequential test says at every look of a series, and when that is an alarm. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Direction = Literal["rise", "fall"]


@dataclass(frozen=True, slots=True)
class SeriesScan:
    """A series tested causally at each of its looks, in both directions; all shape (look,).

    Attributes:
        rise: evidence for more than expected, at least 0.
        fall: evidence for less than expected, at least 0.
        rise_rate: false alarms a year that a quiet series of the same model would give if the
            threshold were at this evidence; small is strong, infinite where nothing is said.
        fall_rate: the same for falls.
        missing: looks still to come before the series is tested; 0 where it is.
        expected: what each look should have shown, in the unit of the series; 0 where nothing is
            known yet.
    """

    rise: Array
    fall: Array
    rise_rate: Array
    fall_rate: Array
    missing: npt.NDArray[np.int64]
    expected: Array

    def alarms(self, direction: Direction, rate: float) -> Flags:
        """Looks at which the series is in alarm.

        Args:
            direction: rise or fall.
            rate: false alarms a year in this direction that are accepted, above 0.

        Returns:
            Bool, shape (look,).

        Raises:
            ValueError: the rate is not above 0.
        """
        if not rate > 0:
            raise ValueError(
                f"The rate of false alarms is {rate} a year; it must be above 0, such as 0.5."
            )
        found: Flags = (self.rise_rate if direction == "rise" else self.fall_rate) < rate
        return found
