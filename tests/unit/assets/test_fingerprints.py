"""Hashes of what a stage read and made: equal exactly when nothing that matters has changed."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets import fingerprints
from assets.fingerprints import StageKey, inputs_fingerprint, rows_fingerprint, values_fingerprint
from assets.partitions import HISTORY_MONTHS
from resources.lake.questions.stage_reads import StageMonth
from resources.months import Month

MONTH = Month(2024, 6)
ROWS = [{"id": number, "z": number / 7, "at": dt.datetime(2024, 1, 1)} for number in range(6)]  # noqa: DTZ001 - any value


@given(st.permutations(ROWS))
def test_the_order_of_rows_does_not_matter(mixed: list[dict[str, object]]) -> None:
    assert rows_fingerprint(mixed) == rows_fingerprint(ROWS)


def test_any_change_of_a_row_shows_unless_its_column_is_left_aside() -> None:
    changed = [{**ROWS[0], "z": 0.5}, *ROWS[1:]]
    assert rows_fingerprint(changed) != rows_fingerprint(ROWS)
    assert rows_fingerprint(changed, leave=["z"]) == rows_fingerprint(ROWS, leave=["z"])
    assert rows_fingerprint(ROWS[:-1]) != rows_fingerprint(ROWS)
    assert rows_fingerprint([*ROWS, ROWS[0]]) != rows_fingerprint(ROWS)


def test_a_fingerprint_is_the_same_in_every_process() -> None:
    assert values_fingerprint("scenes", [1, 2.5, None]) == "5ae27dfc161df7b534b8d367"


def inputs(outputs: dict[StageKey, str], *, config_hash: str = "c", version: str = "1") -> str:
    return inputs_fingerprint(
        fingerprints.ACTIVITY, MONTH, outputs=outputs, config_hash=config_hash, version=version
    )


@pytest.mark.parametrize(
    ("stage", "months_back", "leans_on"),
    [
        (fingerprints.SCENES, 0, True),
        (fingerprints.CLOUD_MASKS, 0, True),
        (fingerprints.CLOUD_MASKS, HISTORY_MONTHS, True),
        (fingerprints.CLOUD_MASKS, HISTORY_MONTHS + 1, False),
        (fingerprints.SCENES, -1, False),  # nothing looks ahead
        (fingerprints.ACTIVITY, 1, False),
    ],
)
def test_a_month_leans_on_two_years_of_the_stages_before_it(
    stage: str, months_back: int, *, leans_on: bool
) -> None:
    one, other = ({StageKey(stage, MONTH.plus(-months_back)): made} for made in ("a", "b"))
    assert (inputs(one) != inputs(other)) == leans_on
    assert (inputs(one) != inputs({})) == leans_on


def test_configuration_and_method_are_inputs_too() -> None:
    assert len({inputs({}), inputs({}, config_hash="d"), inputs({}, version="2")}) == 3


def test_alerts_are_due_when_activity_has_changed() -> None:
    done = [
        StageMonth(fingerprints.ACTIVITY, MONTH.plus(back), "i", f"o{back}", "1")
        for back in (0, -1)
    ]
    assert not fingerprints.are_anomalies_due([], version="1")
    assert fingerprints.are_anomalies_due(done, version="1")
    read = fingerprints.anomalies_fingerprint(done[::-1], version="1")
    judged = [*done, StageMonth(fingerprints.ANOMALIES, MONTH, read, "o", "1")]
    assert not fingerprints.are_anomalies_due(judged, version="1")
    assert fingerprints.are_anomalies_due(judged, version="2")
    newer = [StageMonth(fingerprints.ACTIVITY, MONTH.plus(1), "i", "o", "1"), *judged]
    assert fingerprints.are_anomalies_due(newer, version="1")
