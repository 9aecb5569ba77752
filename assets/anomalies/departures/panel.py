"""The series that are tested together: departures in their errors, look by look.

Data only; what is learnt of a series is in `habits` and `memory`, the test in `statistic`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Panel:
    """Series side by side, NaN where one has no value; columns are in the order of sensing.

    Attributes:
        days: when each was seen, days since any epoch, shape (series, look) or (look,).
        z: departure from expectation in its own standard error, shape (series, look).
        error: that standard error in the unit of the index, same shape.
        value: what was measured, same unit and shape.
        history: looks behind each expectation, same shape.
        shared: part of the error's variance that looks soon after each other have in common, as
            far as the errors tell: expected_error^2 / (standard_error^2 + expected_error^2),
            same shape.
        groups: rows at which groups of like series begin (an index of a site), ascending from 0,
            shape (group,). What one series cannot tell alone is drawn to its group.
        sites: rows at which sites begin, each with a group, ascending from 0, shape (site,). How
            far tails reach is drawn to the site.
        seen: where z is a number.

    Raises:
        ValueError: shapes differ, an error is not positive, or days run backwards.
    """

    days: Floats
    z: Floats
    error: Floats
    value: Floats
    history: Floats
    shared: Floats
    groups: Ints
    sites: Ints
    seen: Bools = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "days", np.broadcast_to(self.days, self.z.shape))
        for name in ("error", "value", "history", "shared"):
            if getattr(self, name).shape != self.z.shape:
                raise ValueError(f"{name} must have the shape of z, {self.z.shape}.")
        seen = np.isfinite(self.z)
        object.__setattr__(self, "seen", seen)
        if not (self.error[seen] > 0).all():
            raise ValueError("Every seen look needs an error above 0; found one without.")
        if (np.diff(self.days, axis=1) < 0).any():
            raise ValueError("days must not run backwards; sort the looks by sensing time.")
        if self.groups[0] != 0 or (np.diff(self.groups) <= 0).any():
            raise ValueError("groups must ascend from 0: the rows at which each begins.")
        if self.sites[0] != 0 or not np.isin(self.sites, self.groups).all():
            raise ValueError("sites must begin at 0, and each with a group.")


def panel_of_z(
    days: Floats,
    z: Floats,
    *,
    groups: Ints | None = None,
    sites: Ints | None = None,
    history: float = 24.0,
) -> Panel:
    """A panel of departures alone, all of one error and each with a full baseline.

    Args:
        days: as of `Panel`.
        z: as of `Panel`.
        groups: as of `Panel`; None if all series are one group.
        sites: as of `Panel`; None if all series are of one.
        history: looks behind every expectation.
    """
    return Panel(
        days=days,
        z=z,
        error=np.ones(z.shape),
        value=z,
        history=np.full(z.shape, history),
        shared=np.zeros(z.shape),
        groups=np.zeros(1, np.int64) if groups is None else groups,
        sites=np.zeros(1, np.int64) if sites is None else sites,
    )


def group_sums(each: Floats, begins: Ints) -> Floats:
    """Sums over the series of each group, for each series of it.

    Args:
        each: of the series, shape (series, ...).
        begins: rows at which groups, or sites, begin.

    Returns:
        Same shape.
    """
    sizes = np.diff(np.append(begins, len(each)))
    return np.repeat(np.add.reduceat(each, begins), sizes, axis=0)
