"""What an alert says, and what it never says."""

import datetime as dt
import re

import pytest

from assets.anomalies.alerts import ORDER, Alert, SeriesKey, find_alerts
from assets.anomalies.sequential import Observation
from assets.anomalies.wording import CAUSES, CAVEAT, ordinary_causes, quantity, summary

NAMES = {"apron": "Main apron"}
MEANING = re.compile(
    r"aircraft|plane|helicopter|vehicle|ship|vessel|troop|militar|deploy|attack|strike|\bwar\b"
    r"|threat|enem|hostil|prepar",
    re.IGNORECASE,
)
HISTORIES = {
    "possible": [0, 5],
    "unconfirmed": [0, 5, 0, 0, 0],
    "confirmed": [0, 5, 4.5, 5],
    "closed": [0, 5, 4.5, 5, 0, 0, 0],
    "returned": [0, 0, 5, 5.2, 5.1, 4.9, 5, 0, 0.1, 0],
}


def alerts_of(index: str, evidence: list[float], sign: int = 1) -> list[Alert]:
    start = dt.datetime(2024, 1, 3, 9, tzinfo=dt.UTC)
    looks = [
        Observation(
            acquisition_id=f"look-{number:03d}",
            sensed_at=start + dt.timedelta(days=5 * number),
            known_at=start + dt.timedelta(days=5 * number),
            value=0.2 + 0.01 * sign * strength,
            departure=0.01 * sign * strength,
            measurement_error=0.003,
            z=sign * strength,
            evidence=sign * strength,
        )
        for number, strength in enumerate(evidence)
    ]
    return find_alerts("site", {SeriesKey("apron", index): looks})


@pytest.mark.parametrize("index", ORDER)
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("history", HISTORIES)
def test_no_alert_says_what_a_change_means(index: str, sign: int, history: str) -> None:
    found = alerts_of(index, HISTORIES[history], sign)
    assert found
    for alert in found:
        said = summary(alert, NAMES)
        assert not MEANING.search(said), said
        assert "Main apron" in said
        assert said.endswith(CAVEAT)


@pytest.mark.parametrize(
    ("history", "certainty"),
    [
        ("possible", "One clear look shows it: too early to tell."),
        ("unconfirmed", "No second clear look agreed: it was not confirmed."),
        ("confirmed", "2 further clear looks agree."),
        ("closed", "2 further clear looks agreed; it no longer stands out"),
    ],
)
def test_an_alert_says_how_sure_it_is(history: str, certainty: str) -> None:
    alert = alerts_of("occupancy", HISTORIES[history])[0]
    assert certainty in summary(alert, NAMES)


def test_an_alert_says_what_was_measured_with_its_unit_and_day() -> None:
    (alert,) = alerts_of("brightness", HISTORIES["possible"])
    assert summary(alert, NAMES).startswith(
        "Brightness of Main apron rose by 0.050 reflectance,"
        " 5.0 sigma from its same-orbit baseline, on 2024-01-08."
    )


def test_a_return_is_told_from_the_level_of_the_change() -> None:
    rise, fall = alerts_of("occupancy", HISTORIES["returned"])
    assert " rose by " in summary(rise, NAMES)
    assert " fell by " in summary(fall, NAMES)
    assert "back from the level of the earlier change" in summary(fall, NAMES)


def test_every_index_has_ordinary_causes_to_rule_out_first() -> None:
    assert set(CAUSES) == set(ORDER)
    for index in ORDER:
        causes = ordinary_causes(index)
        assert len(causes) >= 4
        assert not MEANING.search(" ".join(causes))


@pytest.mark.parametrize(
    ("value", "index", "said"),
    [
        (1234.4, "occupancy", "1234 m2"),
        (0.1, "ndvi", "0.100"),
        (0.02, "texture", "0.020 reflectance"),
    ],
)
def test_quantities_carry_their_unit(value: float, index: str, said: str) -> None:
    assert quantity(value, index) == said
