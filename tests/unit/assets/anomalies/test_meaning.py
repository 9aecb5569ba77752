"""What series of a zone mean together: more, less or merely other, and never the opposite."""

import re

import pytest
from doubles.site_rows import day, site_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.anomalies.alerts.alerts import Alert
from assets.anomalies.alerts.findings import SiteFindings, SiteUnderTest, find_alerts
from assets.anomalies.alerts.headline import WORDS_MAX, alert_headline
from assets.anomalies.alerts.wording import alert_summary, most_telling_evidence
from assets.anomalies.change_tests.series import ORDER
from assets.anomalies.course.meaning import common_direction, direction_of, meaning_of

PLACE = SiteUnderTest("site", 0.5, 45.0)
NAMES = {"apron": "Main apron", "park": "Car park", "quay": "The long northern quay wall"}


@pytest.mark.parametrize(
    ("signs", "ground", "meaning"),
    [
        ({"covered_area": -1, "brightness": 1}, "paved", "emptied"),
        ({"covered_area": 1, "pattern": 1}, "paved", "filled"),
        ({"texture": -1}, "paved", "emptied"),
        ({"texture": 1}, "paved", "filled"),
        ({"covered_area": 1, "texture": -1}, "paved", "changed"),  # they do not agree
        ({"covered_area": 1, "pattern": -1}, "paved", "changed"),  # what was usual went
        ({"covered_area": 1, "pattern": -1, "novelty": 1}, "paved", "filled"),  # others came
        ({"pattern": -1}, "paved", "changed"),
        ({"pattern": -1, "novelty": 1}, "paved", "changed"),  # one may be there for the other
        ({"changed_area": 1, "novelty": 1}, "paved", "changed"),
        ({"brightness": -1}, "paved", "wetted"),
        ({"brightness": -1, "novelty": 1}, "paved", "changed"),
        ({"brightness": 1}, "paved", "changed"),
        ({"ndvi": -1, "bare_soil": 1}, "paved", "changed"),  # no plants grow on pavement
        ({"ndvi": 1}, "bare", "greened"),
        ({"ndvi": -1, "bare_soil": 1}, "green", "bared"),
        ({"ndvi": -1, "bare_soil": 1, "texture": 1}, "green", "built"),
        ({"ndvi": 1, "bare_soil": -1, "texture": -1}, "green", "greened"),
        ({"texture": -1}, "green", "changed"),  # no thing stood on a meadow
        ({"texture": 1}, "bare", "built"),
        ({"texture": -1}, "bare", "changed"),
    ],
)
def test_a_zone_means_what_its_series_agree_on(signs, ground, meaning) -> None:
    assert meaning_of(signs, ground) == meaning


@pytest.mark.parametrize(
    ("meanings", "direction"),
    [
        (["emptied"], "fall"),
        (["filled", "changed"], "rise"),
        (["filled", "emptied"], "change"),
        (["bared", "greened", "wetted"], "change"),
    ],
)
def test_an_event_goes_one_way_only_where_its_zones_do(meanings, direction) -> None:
    assert common_direction(meanings) == direction


def test_an_area_that_differs_tells_no_direction() -> None:
    assert {direction_of("changed_area", sign) for sign in (-1, 1)} == {"change"}


SERIES = st.tuples(st.sampled_from(sorted(NAMES)), st.sampled_from(ORDER))
STEPS = st.dictionaries(SERIES, st.sampled_from([-9.0, -5.0, 5.0, 9.0]), min_size=1, max_size=8)


def alerts_of(steps: dict[tuple[str, str], float], looks: int) -> SiteFindings:
    planted = {key: dict.fromkeys(range(60, looks), size) for key, size in steps.items()}
    rows = site_rows(planted, looks=looks, zones=sorted(NAMES), indices=ORDER)
    return find_alerts(PLACE, rows)


@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_no_sentence_says_the_opposite_of_its_numbers_or_its_alert(steps) -> None:
    findings = alerts_of(steps, 68)
    for alert in findings.alerts:
        head, said = (
            alert_headline(alert, NAMES),
            alert_summary(alert, NAMES, (), findings.seen_before(alert)),
        )
        assert 0 < len(head.split()) <= WORDS_MAX
        one = most_telling_evidence(alert)
        moved = one.newest.value - one.usual_at(one.newest)
        assert (" rose from " in said) == (moved > 0)
        assert (" fell from " in said) == (moved < 0)
        first = next(iter(alert.meanings.values()))
        if first == "filled":
            assert moved > 0
        if first == "emptied":
            assert moved < 0
        if alert.direction == "rise":
            assert "empt" not in head
        if alert.direction == "fall":
            assert "fuller" not in head
        assert not re.search(r"-0\.000|\bnan\b", said), said


@settings(max_examples=15, deadline=None)
@given(steps=STEPS, until=st.integers(61, 68))
def test_an_alert_as_of_a_day_is_that_of_a_run_which_stopped_there(steps, until) -> None:
    def then(alert: Alert) -> tuple[object, ...]:
        return alert.alert_id, alert.direction, alert.meaning, alert_headline(alert, NAMES)

    moment = day(until - 1)
    stopped = {one.alert_id: then(one) for one in alerts_of(steps, until).alerts}
    whole = {
        one.alert_id: then(one.as_of(moment))
        for one in alerts_of(steps, 70).alerts
        if one.first.sensed_at <= moment
    }
    assert whole == stopped


def test_many_zones_are_counted() -> None:
    zones = [f"zone-{number}" for number in range(6)]
    planted = {(zone, "texture"): dict.fromkeys(range(60, 66), -8.0) for zone in zones}
    rows = site_rows(planted, looks=66, zones=zones)
    (alert,) = find_alerts(PLACE, rows).alerts
    assert alert_headline(alert, {}) == "6 zones emptier than usual"


@pytest.mark.parametrize(
    ("planted", "words"),
    [
        ({"ndvi": -9.0, "texture": 9.0}, "bare or built on where plants grew"),
        ({"ndvi": -9.0}, "bare where plants grew"),
        ({"ndvi": 9.0}, "greener than usual"),
    ],
)
def test_what_grew_on_green_ground_is_told(planted: dict[str, float], words: str) -> None:
    steps = {("park", index): dict.fromkeys(range(60, 66), size) for index, size in planted.items()}
    rows = site_rows(steps, looks=66, zones=["park"], indices=ORDER)
    (alert,) = find_alerts(PLACE, rows).alerts
    for one in alert.members:
        one.ground = "green"
    assert alert_headline(alert, {"park": "Road corridor"}) == f"Road corridor {words}"
