"""Changes of series drawn together into alerts, and what could be known of them when."""

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.anomalies.alerts import Alert, SeriesKey, find_alerts
from assets.anomalies.sequential import Observation

START = dt.datetime(2024, 1, 3, 9, tzinfo=dt.UTC)
UNIT = 0.01

Series = dict[SeriesKey, list[Observation]]


def day(number: float) -> dt.datetime:
    return START + dt.timedelta(days=5 * number)


def looks(
    evidence: Sequence[float | None], *, published_after: float = 0.2, error: float = 0.3
) -> list[Observation]:
    """Looks every five days; None is a look that gave no value."""
    return [
        Observation(
            acquisition_id=f"look-{number:03d}",
            sensed_at=day(number),
            known_at=day(number) + dt.timedelta(days=published_after),
            value=0.2 + UNIT * strength,
            departure=UNIT * strength,
            measurement_error=UNIT * error,
            z=strength,
            evidence=float(np.clip(strength, -6, 6)),
        )
        for number, strength in enumerate(evidence)
        if strength is not None
    ]


def alerts_of(**zones: Mapping[str, Sequence[float | None]]) -> list[Alert]:
    return find_alerts(
        "site",
        {
            SeriesKey(zone, index): looks(evidence)
            for zone, series in zones.items()
            for index, evidence in series.items()
        },
    )


def test_a_second_look_confirms_and_each_status_is_known_when_published() -> None:
    (alert,) = alerts_of(apron={"occupancy": [0, 0, 5, 4, 4]})
    late = dt.timedelta(days=0.2)
    assert alert.history() == [("possible", day(2) + late), ("confirmed", day(3) + late)]
    assert (alert.status, alert.direction, alert.confirmations) == ("confirmed", "rise", 2)


def test_without_a_second_look_an_alert_is_closed_unconfirmed() -> None:
    (alert,) = alerts_of(apron={"occupancy": [0, 0, 5, 0, 0, 0, 0]})
    assert [status for status, _ in alert.history()] == ["possible", "closed"]
    assert alert.confirmed_at is None


@pytest.mark.parametrize(
    ("index", "evidence", "direction"),
    [
        ("occupancy", 5, "rise"),
        ("occupancy", -5, "fall"),
        ("ndvi", -5, "rise"),  # ground laid bare
        ("ndvi", 5, "fall"),
        ("bare_soil", 5, "rise"),
    ],
)
def test_the_direction_is_that_of_activity(index: str, evidence: float, direction: str) -> None:
    (alert,) = alerts_of(apron={index: [0, evidence, evidence]})
    assert alert.direction == direction


def test_one_event_in_many_series_is_one_alert() -> None:
    (alert,) = alerts_of(
        apron={"occupancy": [0, 5, 5, 5], "texture": [0, 0, 5, 5], "brightness": [0, 0, -5, -5]},
        park={"occupancy": [0, 0, 5, 5]},
    )
    assert {one.key.zone_id for one in alert.evidence} == {"apron", "park"}
    assert len(alert.evidence) == 4
    assert alert.first.acquisition_id == "look-001"


def test_an_unconfirmed_look_elsewhere_is_another_matter() -> None:
    found = alerts_of(apron={"occupancy": [0, 5, 0, 0, 0]}, park={"occupancy": [0, 0, 5, 5, 5]})
    assert [alert.status for alert in found] == ["closed", "confirmed"]
    assert len({alert.alert_id for alert in found}) == 2


def test_series_that_fell_silent_are_no_evidence_of_a_confirmed_alert() -> None:
    (alert,) = alerts_of(
        apron={"occupancy": [0, 5, 5, 5, 5, 5], "texture": [0, 4, 0, 0, 0, 0]},
    )
    assert [one.key.index_name for one in alert.evidence] == ["occupancy"]


def test_the_return_is_an_alert_of_its_own() -> None:
    rise, fall = alerts_of(apron={"occupancy": [0, 0, 5, 5.2, 5.1, 4.9, 5, 0, 0.1, 0]})
    assert (rise.direction, fall.direction) == ("rise", "fall")
    assert fall.history()[0] == ("possible", day(7) + dt.timedelta(days=0.2))
    assert fall.status == "confirmed"


def test_a_site_without_series_has_no_alerts() -> None:
    assert find_alerts("site", {}) == []
    assert alerts_of(apron={"occupancy": []}) == []


KEYS = [
    SeriesKey(zone, index)
    for zone in ("apron", "park")
    for index in ("occupancy", "brightness", "ndvi")
]
STEPS = st.lists(
    st.tuples(st.sampled_from([None, 0.0, 0.4, 2.2, 2.7, 4.0, 6.0, -3.6, -6.0]), st.integers(1, 6)),
    max_size=8,
)
SITES = st.fixed_dictionaries(dict.fromkeys(KEYS, STEPS))


def drawn(site: Mapping[SeriesKey, list[tuple[float | None, int]]], error: float) -> Series:
    return {
        key: looks([size for size, count in steps for _ in range(count)], error=error)
        for key, steps in site.items()
    }


def known_by(alerts: list[Alert], moment: dt.datetime) -> dict[str, object]:
    """The log as it stood at a moment: every alert, its direction and what was said of it."""
    log = {}
    for alert in alerts:
        said = [(status, at) for status, at in alert.history() if at <= moment]
        if said:
            log[alert.alert_id] = (alert.direction, said)
    return log


@settings(max_examples=100, deadline=None)
@given(SITES, st.integers(0, 40), st.sampled_from([0.1, 0.4]))
def test_the_log_at_any_date_is_what_was_known_then(
    site: Mapping[SeriesKey, list[tuple[float | None, int]]], cut: int, error: float
) -> None:
    moment = day(cut) + dt.timedelta(days=1)
    series = drawn(site, error)
    until = {key: [one for one in all_ if one.known_at <= moment] for key, all_ in series.items()}
    then, now = find_alerts("site", until), find_alerts("site", series)
    assert known_by(now, moment) == known_by(then, moment)
    assert len({alert.alert_id for alert in now}) == len(now)


@settings(max_examples=30, deadline=None)
@given(SITES, st.permutations(KEYS))
def test_the_order_in_which_series_are_read_does_not_matter(
    site: Mapping[SeriesKey, list[tuple[float | None, int]]], order: list[SeriesKey]
) -> None:
    series = drawn(site, 0.3)
    far = day(1000)
    mixed = find_alerts("site", {key: series[key] for key in order})
    assert known_by(mixed, far) == known_by(find_alerts("site", series), far)
