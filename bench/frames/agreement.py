"""How far what was measured in one frame agrees with what was measured in another. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from resources.lake.rows import Row

VALUE_ABSOLUTE: Final = 0.002  # in the unit of the index; issue 16
VALUE_RELATIVE: Final = 0.01  # of the value; issue 16
SHIFT_PX: Final = 0.1  # pixels; issue 16
ERRORS: Final = 2.0  # combined errors; issue 16
WORST: Final = 5  # differences that are told in full

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """Rows of the lake by their keys.

    Attributes:
        masks: of `cloud_masks`, by zone and look.
        activity: by zone, look and index.
        shifts: of `registrations`, by zone and look.
        alerts: as they stand.
    """

    masks: Mapping[Key, Row]
    activity: Mapping[Key, Row]
    shifts: Mapping[Key, Row]
    alerts: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class Share:
    """How many of how many."""

    met: int = 0
    of: int = 0

    def add(self, *, is_met: bool) -> None:
        """Count one."""
        self.met += is_met
        self.of += 1

    @property
    def share(self) -> float | None:
        """None without any."""
        return self.met / self.of if self.of else None


@dataclass(slots=True)
class Agreement:
    """Counts over the looks and zones that two frames have in common.

    Attributes:
        in_common: rows of `activity` of one frame's zones that the other has as well.
        masks: equal states in `cloud_masks`; `states` in `activity`.
        values, expectations: within VALUE_ABSOLUTE or VALUE_RELATIVE, where both have one;
            `by_index` values alike.
        values_in_errors, departures_in_errors: within ERRORS times both errors together.
        shifts: within SHIFT_PX, both axes together.
        largest_shift_px: of the frame that is compared.
        worst: values that differ most for their tolerance.
    """

    in_common: Share = field(default_factory=Share)
    masks: Share = field(default_factory=Share)
    states: Share = field(default_factory=Share)
    values: Share = field(default_factory=Share)
    expectations: Share = field(default_factory=Share)
    values_in_errors: Share = field(default_factory=Share)
    departures_in_errors: Share = field(default_factory=Share)
    shifts: Share = field(default_factory=Share)
    by_index: dict[str, Share] = field(default_factory=dict)
    largest_shift_px: float = 0.0
    worst: list[tuple[float, Key]] = field(default_factory=list)

    def add_value(self, key: Key, one: Row, other: Row) -> None:
        """Compare the numbers of two rows of `activity`."""
        if one["value"] is None or other["value"] is None:
            return
        far = excess(one["value"], other["value"])
        self.values.add(is_met=far <= 1)
        self.by_index.setdefault(key[-1], Share()).add(is_met=far <= 1)
        self.worst = sorted([*self.worst, (far, key)], reverse=True)[:WORST]
        if one["expected"] is None or other["expected"] is None:
            return
        self.expectations.add(is_met=excess(one["expected"], other["expected"]) <= 1)
        for name, share in (
            ("value", self.values_in_errors),
            ("departure", self.departures_in_errors),
        ):
            limit = ERRORS * math.hypot(*_errors(one), *_errors(other))
            share.add(is_met=abs(one[name] - other[name]) <= limit)

    def figures(self) -> dict[str, Any]:
        """As numbers for JSON."""
        return {
            "rows": self.in_common.met,
            "rows_in_common": self.in_common.share,
            "masks_equal": self.masks.share,
            "states_equal": self.states.share,
            "values_equal": self.values.share,
            "expectations_equal": self.expectations.share,
            "values_within_two_errors": self.values_in_errors.share,
            "departures_within_two_errors": self.departures_in_errors.share,
            "shifts_equal": self.shifts.share,
            "largest_shift_px": self.largest_shift_px,
            "values_equal_by_index": {name: one.share for name, one in self.by_index.items()},
            "worst": [
                {"key": list(key), "times_the_tolerance": round(far, 2)}
                for far, key in self.worst
                if far > 1
            ],
        }


def compare(one: Measured, other: Measured) -> Agreement:
    """How far a frame agrees with another one in the zones that both have."""
    found = Agreement()
    for key, row in one.masks.items():
        if key in other.masks:
            found.masks.add(is_met=row["state"] == other.masks[key]["state"])
    zones = {key[0] for key in one.activity} & {key[0] for key in other.activity}
    for key in sorted(_of(zones, one.activity) | _of(zones, other.activity)):
        mine, theirs = one.activity.get(key), other.activity.get(key)
        found.in_common.add(is_met=mine is not None and theirs is not None)
        if mine is not None and theirs is not None:
            found.states.add(is_met=mine["state"] == theirs["state"])
            found.add_value(key, mine, theirs)
    for key, row in one.shifts.items():
        length = math.hypot(row["east_px"], row["south_px"])
        found.largest_shift_px = max(found.largest_shift_px, length)
        if key in other.shifts:
            there = other.shifts[key]
            apart = math.hypot(
                row["east_px"] - there["east_px"], row["south_px"] - there["south_px"]
            )
            found.shifts.add(is_met=apart <= SHIFT_PX)
    return found


def excess(one: float, other: float) -> float:
    """How far two values lie apart, in what is allowed; 1 is just allowed."""
    allowed = max(VALUE_ABSOLUTE, VALUE_RELATIVE * abs(other))
    return abs(one - other) / allowed


def _of(zones: set[str], rows: Iterable[Key]) -> set[Key]:
    """Keys of some zones."""
    return {key for key in rows if key[0] in zones}


def _errors(row: Row) -> tuple[float, float]:
    """Both errors of a row."""
    return row["standard_error"], row["expected_error"]
