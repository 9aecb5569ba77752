"""What is due, as pure answers to "given what is stored": sites to add, months and alerts to work.

Sensors, schedules and the command turn the answers into runs; nothing here starts one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assets import fingerprints
from assets.activity.months import METHOD_VERSION as ACTIVITY_VERSION
from assets.anomalies.alerts.versions import method_version
from assets.clouds.mask import METHOD_VERSION as MASK_VERSION
from assets.partitions import HISTORY_MONTHS
from assets.scenes.fetch import METHOD_VERSION as SCENES_VERSION
from resources.lake.questions.stage_reads import StageMonth
from resources.models import FALSE_ALARMS_PER_YEAR
from resources.months import Month, month_spans

VERSIONS: Final = {
    fingerprints.SCENES: SCENES_VERSION,
    fingerprints.CLOUD_MASKS: MASK_VERSION,
    fingerprints.ACTIVITY: ACTIVITY_VERSION,
}
LATE_SCENE_DAYS: Final = 10  # of a month, in which the month before is looked at again


@dataclass(frozen=True, slots=True)
class MonthRange:
    """Months of a site that one run works, both ends included."""

    site_id: str
    first: Month
    last: Month


def daily_range(site_id: str, now: dt.datetime) -> MonthRange:
    """The current month, and in its first days the one before, for scenes that came late."""
    current = Month.of(now)
    first = current.plus(-1) if now.day <= LATE_SCENE_DAYS else current
    return MonthRange(site_id, first, current)


def first_range(site_id: str, now: dt.datetime) -> MonthRange:
    """The months that a new site is worked over: its history, and the current month."""
    current = Month.of(now)
    return MonthRange(site_id, current.plus(-HISTORY_MONTHS), current)


def stale_range(site_id: str, done: Sequence[StageMonth], *, config_hash: str) -> MonthRange | None:
    """The first months on end of a site that would come out differently now; None if none would.

    Later ones come when these are done; months between that nobody asked for are left alone.
    """
    months = fingerprints.due_months(done, config_hash=config_hash, versions=VERSIONS)
    return MonthRange(site_id, *month_spans(months)[0]) if months else None


def are_alerts_due(
    done: Sequence[StageMonth],
    *,
    config_hash: str,
    asked: float = FALSE_ALARMS_PER_YEAR,
) -> bool:
    """Whether a site's alerts should be drawn anew: all of its new activity has landed.

    `asked` is the rate of false alarms that they should be drawn at, a year.
    """
    settled = not fingerprints.due_months(done, config_hash=config_hash, versions=VERSIONS)
    return settled and fingerprints.are_anomalies_due(done, version=method_version(asked))


def work_fingerprint(
    done: Sequence[StageMonth], config_hash: str, asked: float = FALSE_ALARMS_PER_YEAR
) -> str:
    """Hash of all that decides what is due, for run keys that start each piece of work once."""
    state = sorted((row.stage, str(row.month), row.inputs_hash, row.outputs_hash) for row in done)
    return fingerprints.values_fingerprint(state, config_hash, VERSIONS, method_version(asked))
