"""What is due, given what is stored: in whatever order the months were worked."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import fingerprints
from assets.anomalies.alerts.versions import method_version
from assets.fingerprints import READS, StageKey, inputs_fingerprint
from pipelines.automation.due import (
    LATE_SCENE_DAYS,
    VERSIONS,
    MonthRange,
    are_alerts_due,
    daily_range,
    stale_range,
    work_fingerprint,
)
from resources.lake.questions.stage_reads import StageMonth
from resources.months import Month, months_between

CONFIG = "config"
MONTHS = months_between(Month(2024, 1), Month(2024, 6))
Done = dict[StageKey, StageMonth]


def work(done: Done, month: Month, *, config: str = CONFIG) -> None:
    """Work a month as the stages do: what it makes depends on what it read."""
    for stage in READS:
        inputs = inputs_fingerprint(
            stage,
            month,
            outputs=fingerprints.current_outputs(list(done.values()), config_hash=config),
            config_hash=config,
            version=VERSIONS[stage],
        )
        made = fingerprints.values_fingerprint("made of", stage, str(month), inputs)
        done[StageKey(stage, month)] = StageMonth(stage, month, inputs, made, VERSIONS[stage])


def worked(months: list[Month]) -> Done:
    done: Done = {}
    for month in months:
        work(done, month)
    return done


def stale(done: Done, config: str = CONFIG) -> MonthRange | None:
    return stale_range("site", list(done.values()), config_hash=config)


def test_nothing_is_due_when_all_months_were_worked_in_order() -> None:
    assert stale(worked(MONTHS)) is None
    assert stale({}) is None


def test_a_month_that_ran_before_its_history_is_found() -> None:
    done = worked([Month(2024, 4), Month(2024, 3)])
    assert stale(done) == MonthRange("site", Month(2024, 4), Month(2024, 4))


@settings(max_examples=40, deadline=None)
@given(st.permutations(MONTHS))
def test_in_whatever_order_months_come_working_what_is_due_ends_in_the_same_state(
    order: list[Month],
) -> None:
    done = worked(order)
    for _ in MONTHS:
        due = stale(done)
        if due is None:
            break
        for month in months_between(due.first, due.last):
            work(done, month)
    assert stale(done) is None
    assert done == worked(MONTHS)


def test_a_changed_configuration_makes_every_month_due() -> None:
    assert stale(worked(MONTHS), "another") == MonthRange("site", MONTHS[0], MONTHS[-1])


def test_a_month_that_stopped_half_way_is_due() -> None:
    done = worked(MONTHS)
    del done[StageKey(fingerprints.ACTIVITY, MONTHS[2])]
    assert stale(done) == MonthRange("site", MONTHS[2], MONTHS[2])


def test_alerts_wait_until_every_month_is_settled() -> None:
    done = worked(MONTHS)
    assert are_alerts_due(list(done.values()), config_hash=CONFIG)
    assert not are_alerts_due(list(done.values()), config_hash="another")
    assert not are_alerts_due([], config_hash=CONFIG)


def test_alerts_are_due_again_at_another_rate_of_false_alarms() -> None:
    done = list(worked(MONTHS).values())
    read = fingerprints.anomalies_fingerprint(done, version=method_version(0.5))
    judged = StageMonth(fingerprints.ANOMALIES, Month(1, 1), read, "", method_version(0.5))
    done.append(judged)
    assert not are_alerts_due(done, config_hash=CONFIG)
    assert are_alerts_due(done, config_hash=CONFIG, asked=1.0)
    assert work_fingerprint(done, CONFIG, 1.0) != work_fingerprint(done, CONFIG)


def test_run_keys_change_exactly_with_what_is_stored() -> None:
    done = list(worked(MONTHS).values())
    assert work_fingerprint(done, CONFIG) == work_fingerprint(done[::-1], CONFIG)
    assert work_fingerprint(done, CONFIG) != work_fingerprint(done[1:], CONFIG)
    assert work_fingerprint(done, CONFIG) != work_fingerprint(done, "another")


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (dt.datetime(2024, 3, LATE_SCENE_DAYS, 23, tzinfo=dt.UTC), Month(2024, 2)),
        (dt.datetime(2024, 3, LATE_SCENE_DAYS + 1, tzinfo=dt.UTC), Month(2024, 3)),
        (dt.datetime(2024, 1, 1, tzinfo=dt.UTC), Month(2023, 12)),
    ],
)
def test_the_daily_run_looks_back_in_the_first_days_of_a_month(
    day: dt.datetime, first: Month
) -> None:
    assert daily_range("site", day) == MonthRange("site", first, Month.of(day))
