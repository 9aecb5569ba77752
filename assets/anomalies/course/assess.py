"""How much of what usually covers a site is there, at each moment at which looks came. Pure.

What is usual is what the rows expected: the covered area of up to two years before, without the
newest one to three months. Which statement is made is decided in `statements`.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from assets.anomalies.change_tests.series import LookKey
from assets.anomalies.course.history import CoverHistory
from assets.anomalies.course.statements import Statement, statement_of_history
from resources.lake.question_rows import LookTimeRow, SeriesRow

METHOD_VERSION: Final = "2"


@dataclass(frozen=True, slots=True)
class SiteAssessment:
    """What could be said of a site at a moment.

    Attributes:
        known_at: since when it could be known.
        acquisition_id: newest look behind it.
        statement: as of BANDS, or why there is none.
        share: of what usually covers the site, with its interval of 80 %; None unknown.
        looks: clear ones that it rests on.
        since: day of the look with which this statement began to be made.
        reason: in words, what is missing or what it rests on.
        next_look_due: day of the next pass by the rhythm so far; None if there is none.
    """

    known_at: dt.datetime
    acquisition_id: str
    statement: Statement
    share: float | None
    share_low: float | None
    share_high: float | None
    looks: int
    since: dt.date
    reason: str
    next_look_due: dt.date | None


def assess_site(
    rows: Sequence[SeriesRow], passes: Sequence[LookTimeRow] = (), unpaved: Collection[str] = ()
) -> list[SiteAssessment]:
    """Assess a site at each moment at which looks were published.

    Args:
        rows: rows of `stage_reads.activity_series`.
        passes: rows of `stage_reads.look_times`: all looks, also those that show nothing.
        unpaved: ids of zones of kinds on which nothing stands.

    Returns:
        One assessment a moment, in order; it rests on rows known by then alone.

    Source:
        The project's own method: docs/methods/alerts.md, "The course of a site"; held by
        tests/unit/assets/anomalies/test_assess.py.
    """
    found: list[SiteAssessment] = []
    known = CoverHistory(frozenset(unpaved))
    unjudged = ((row["known_at"], _look_of(row), None) for row in passes)
    judged = ((row["known_at"], _look_of(row), row) for row in rows)
    ordered = sorted((*unjudged, *judged), key=lambda one: (one[0], one[1].sensed_at))
    for moment, new in itertools.groupby(ordered, key=lambda one: one[0]):
        for _, look, row in new:
            known.take_look(look)
            if row is not None:
                known.take(row)
        said = statement_of_history(known)
        day = known.newest.sensed_at.date()
        since = found[-1].since if found and found[-1].statement == said.statement else day
        found.append(
            SiteAssessment(
                known_at=moment,
                acquisition_id=known.newest.acquisition_id,
                statement=said.statement,
                share=said.share,
                share_low=said.low,
                share_high=said.high,
                looks=said.looks,
                since=since,
                reason=said.reason,
                next_look_due=known.next_due(),
            )
        )
    return found


def _look_of(row: SeriesRow | LookTimeRow) -> LookKey:
    """The look that a row is of."""
    return LookKey(row["sensed_at"], row["acquisition_id"])
