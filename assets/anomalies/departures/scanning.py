"""The sequential test of many series at once: rise and fall at every look, causally.

Ties what is known of the past to the statistic and its rate; alerts are not known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from assets.anomalies.departures import looks as past_looks
from assets.anomalies.departures import statistic
from assets.anomalies.departures.confirmation import confirmed
from assets.anomalies.departures.levels import SETTLED_LOOKS, returns
from assets.anomalies.departures.looks import Look, Past
from assets.anomalies.departures.panel import Bools, Floats, Ints, Panel
from assets.anomalies.departures.rates import (
    RATIO_RANGE,
    Kind,
    promised_rate,
    quiet_rate,
)
from assets.anomalies.departures.statistic import Found
from assets.anomalies.scan import Scan
from assets.constants import YEAR_DAYS

Column = dict[str, npt.NDArray[Any]]

LOOKS_MIN: Final = 12.0  # looks, the baseline's and judged ones, before anything is said
BELIEVED_RATE: Final = 0.01  # false alarms a year: half a one over 25 series and both directions
CHECKED_RATE: Final = 0.04  # the same of what such a site is checked by, two a year
BELIEVED_PART: Final = 0.2  # of that rate: a level is taken for the new normal only if this rare


@dataclass(frozen=True, slots=True)
class Share:
    """Of one series and direction in what is asked of its site; false alarms a year.

    Attributes:
        believed: in the rate that the operator asked for.
        checked: in the rate by which the site is checked.
    """

    believed: float
    checked: float


@dataclass(frozen=True, slots=True)
class Scans:
    """What the test says of each series at each look, all of shape (series, look).

    Attributes:
        rise, fall: log-likelihood ratio of a lasting shift or a spike, >= 0; 0 where unseen.
        rise_second, fall_second: the same without the look that says most for it.
        rise_rate, fall_rate: times a year at which a quiet series would come that far; infinite
            where unseen, still learning, or where there is no evidence to speak of.
        rise_most, fall_most: the largest such rate that is told; 0 where unseen or learning.
        rise_reach, fall_reach: how far the side is open to false alarms at all, 0..1.
        rise_looks, fall_looks: looks since the likeliest onset, 1 for the newest.
        missing: looks still missing until anything is said.
        level: departure that was normal when the look was judged, in the unit of the index.
        renewed: whether the level since the onset has become the normal one with this look.
    """

    rise: Floats
    fall: Floats
    rise_second: Floats
    fall_second: Floats
    rise_rate: Floats
    fall_rate: Floats
    rise_most: Floats
    fall_most: Floats
    rise_reach: Floats
    fall_reach: Floats
    rise_looks: Ints
    fall_looks: Ints
    missing: Ints
    level: Floats
    renewed: Bools

    def scan(self, row: int, seen: Bools) -> Scan:
        """One series at the looks that it has, shape (look,)."""
        return Scan(
            rise=self.rise[row, seen],
            fall=self.fall[row, seen],
            rise_rate=self.rise_rate[row, seen],
            fall_rate=self.fall_rate[row, seen],
            missing=self.missing[row, seen],
        )


def scan_departures(
    panel: Panel, believed_rate: float = BELIEVED_RATE, checked_rate: float = CHECKED_RATE
) -> Scans:
    """Judge every look of some series by itself and those before it.

    Args:
        panel: the series.
        believed_rate: false alarms a year and direction below which a confirmed shift is
            believed, so that its level becomes the normal one; 0 for never. The share of a
            series in what the operator asked for.
        checked_rate: false alarms a year and direction by which the site is checked: the share
            of a series in `agreement.LEVEL`.

    Returns:
        Statistics and rates. Entries of a look depend on it and earlier ones only, and the work
        for a look does not grow with their number.
    """
    past = past_looks.nothing_known(len(panel.z))
    share = Share(believed_rate, checked_rate)
    rows = [_judge(past, look, panel, share) for look in looks_of(panel)]
    names = [one.name for one in fields(Scans)]
    return Scans(**{name: np.stack([row[name] for row in rows], axis=1) for name in names})


def looks_of(panel: Panel) -> Iterator[tuple[Look, Floats]]:
    """Each look of a panel, in order, with the looks behind its expectation."""
    for at in range(panel.z.shape[1]):
        look = Look(
            panel.days[:, at],
            panel.z[:, at],
            panel.error[:, at],
            panel.value[:, at],
            panel.shared[:, at],
            panel.seen[:, at],
        )
        yield look, panel.history[:, at]


def _judge(past: Past, newest: tuple[Look, Floats], panel: Panel, share: Share) -> Column:
    """One column of `Scans`; `past` is brought up to it."""
    look, history = newest
    level = past.levels.level.copy()
    past_looks.take_in(past, look, panel.groups, panel.sites)
    missing = np.maximum(LOOKS_MIN - np.where(look.seen, history, 0.0) - past.judged, 0.0)
    tested = look.seen & (missing == 0)
    found, absorbed = shifts(past, look)
    sides = [_rates(past, one.ratio, side, share.checked) for side, one in enumerate(found)]
    rates = [np.where(tested, rate, np.inf) for rate, _ in sides]
    most = [np.where(tested, one, 0.0) for _, one in sides]
    looks = np.where(rates[0] <= rates[1], found[0].looks, found[1].looks)
    renewed = np.zeros(len(look.z), bool)
    for one, rate in zip(found, rates, strict=True):
        held = past_looks.holds(past, one.looks) & (one.looks >= SETTLED_LOOKS)
        renewed |= confirmed(rate, one.second, BELIEVED_PART * share.believed) & held
    back = np.where(past.levels.level < 0, found[0].looks, found[1].looks)
    past_looks.begin_level(past, absorbed & ~renewed, back)
    past_looks.begin_level(past, renewed, looks)
    seen = look.seen
    return {
        "rise": np.where(seen, found[0].ratio, 0.0),
        "fall": np.where(seen, found[1].ratio, 0.0),
        "rise_second": np.where(seen, found[0].second, 0.0),
        "fall_second": np.where(seen, found[1].second, 0.0),
        "rise_rate": rates[0],
        "fall_rate": rates[1],
        "rise_most": most[0],
        "fall_most": most[1],
        "rise_reach": past.reach[:, 0].copy(),
        "fall_reach": past.reach[:, 1].copy(),
        "rise_looks": found[0].looks,
        "fall_looks": found[1].looks,
        "level": level,
        "missing": np.ceil(missing).astype(np.int64),
        "renewed": renewed,
    }


def shifts(past: Past, look: Look) -> tuple[list[Found], Bools]:
    """The best rise and fall, and whose expectation has merely learnt an earlier shift."""
    found, absorbed = [], np.zeros(len(look.z), bool)
    for sign in (1, -1):
        left, learnt = returns(
            past.levels,
            statistic.best_onset(past.evidence, sign),
            sign,
            departure=past.last.departure,
            value=past.last.value,
            day=look.day,
        )
        found.append(left)
        absorbed |= learnt & look.seen
    return found, absorbed


def kind_of(past: Past, side: int) -> Kind:
    """What is known of how series scatter on one side, 0 for rises and 1 for falls."""
    return Kind(
        looks=past.judged,
        pooled=past.pooled,
        correlation=past.correlation,
        heavy=past.heavy[:, side],
        heavier=past.heavier[:, side],
    )


def _rates(past: Past, ratio: Floats, side: int, checked: float) -> tuple[Floats, Floats]:
    """Times a year at which quiet series of these kinds come as far, and the most that is told.

    Infinite where there is no evidence to speak of: that has no rate.
    """
    kind = kind_of(past, side)

    def promised(ratio: Floats) -> Floats:
        return promised_rate(quiet_rate(kind, ratio) * YEAR_DAYS / past.pace, kind, checked)

    rate = np.where(ratio >= RATIO_RANGE[0], promised(ratio), np.inf)
    return rate, promised(np.full(ratio.shape, RATIO_RANGE[0]))
