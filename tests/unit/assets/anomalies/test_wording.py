"""What an alert says, and what it never says."""

import re

import pytest
from doubles.site_rows import day, lasting, site_rows

from assets.anomalies.alerts.causes import TESTS
from assets.anomalies.alerts.findings import SiteFindings, SiteUnderTest, find_alerts
from assets.anomalies.alerts.wording import (
    CAVEAT,
    alert_summary,
    describe_cause,
    format_index_value,
)
from assets.anomalies.change_tests.series import TESTED

PLACE = SiteUnderTest("site", 0.5, 45.0)
NAMES = {"apron": "Main apron", "park": "Car park"}
MEANING = re.compile(
    r"aircraft|plane|helicopter|vehicle|ship|vessel|troop|militar|deploy|attack|strike|\bwar\b"
    r"|threat|enem|hostil|prepar",
    re.IGNORECASE,
)
HISTORIES = {
    "possible": ({60: 3.9, 61: 3.9}, 62),
    "unconfirmed": ({60: 3.9, 61: 3.9}, 76),
    "confirmed": (lasting(60, 7.0), 64),
    "new normal": (lasting(49, 7.0, 61), 80),
    "passed": (dict.fromkeys(range(50, 53), 8.0), 70),
}


def found(index: str, history: str, sign: int = 1) -> SiteFindings:
    sizes, looks = HISTORIES[history]
    planted = {("apron", index): {number: sign * size for number, size in sizes.items()}}
    return find_alerts(PLACE, site_rows(planted, looks=looks, indices=TESTED, is_exact=True))


def said(findings: SiteFindings, number: int = 0) -> str:
    alert = findings.alerts[number]
    return alert_summary(
        alert, NAMES, findings.causes(alert.strongest), findings.seen_before(alert)
    )


@pytest.mark.parametrize("index", TESTED)
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("history", ["possible", "confirmed", "new normal"])
def test_no_alert_says_what_a_change_means(index: str, sign: int, history: str) -> None:
    findings = found(index, history, sign)
    assert findings.alerts
    for number, alert in enumerate(findings.alerts):
        text = said(findings, number) + " ".join(
            describe_cause(cause) for one in alert.evidence for cause in findings.causes(one)
        )
        assert not MEANING.search(text), text
        assert "Main apron" in text
        assert said(findings, number).endswith(CAVEAT)
        assert "quiet looks of the site come as far" in text


@pytest.mark.parametrize(
    ("history", "certainty"),
    [
        (
            "possible",
            "Too early to tell: 1 further look agrees, but the looks are too weak to",
        ),
        (
            "unconfirmed",
            "1 further look agrees, but the looks are too weak to confirm it;",
        ),
        ("confirmed", "Confirmed on 2023-01-04, 3 further clear looks agree; quiet looks of"),
        ("new normal", "it has stayed so and counts as the normal state now."),
        ("passed", "; it no longer stands out from the looks before it."),
    ],
)
def test_an_alert_says_how_sure_it_is(history: str, certainty: str) -> None:
    assert certainty in said(found("pattern", history))


def test_an_alert_says_what_was_measured_with_its_unit_and_days() -> None:
    text = said(found("brightness", "confirmed"))
    assert re.match(
        r"Brightness of Main apron rose from the usual 0\.200 reflectance to 0\.2\d\d reflectance"
        r" on 2023-01-16, since between 2022-12-23 and 2022-12-29\.",
        text,
    ), text


def test_what_looks_show_together_is_as_rare_as_they_are_together() -> None:
    weak = said(found("pattern", "possible"))
    assert re.search(r"quiet looks of the site come as far about once in \d years", weak), weak
    together = said(found("pattern", "confirmed"))
    assert re.search(r"come as far (less than|about) once in [\d,]{3,}", together), together


@pytest.mark.parametrize(
    ("sizes", "looks", "changed", "words"),
    [
        (lasting(60, 7.0), 64, {"flags": ["noisy"]},
         "Too early to tell: 3 further looks agree, but the looks are too noisy to confirm it;"),
        (lasting(60, 7.0), 64, {"sun_elevation_deg": 20.0},
         "Too early to tell: 3 further looks agree, but the looks are under too low a sun to"),
        ({60: 40.0, 61: 25.0}, 70, {"flags": ["noisy"]},
         "1 further look agrees, but the looks are too noisy to confirm it; "),
        ({60: 3.9, 61: 3.9}, 76, {},
         "1 further look agrees, but the looks are too weak to confirm it; "),
    ],
)  # fmt: skip
def test_looks_that_agree_without_confirming_are_told_with_what_they_lack(
    sizes: dict[int, float], looks: int, changed: dict[str, object], words: str
) -> None:
    rows = site_rows({("apron", "pattern"): sizes}, looks=looks, is_exact=True)
    for row in rows:
        if row["sensed_at"] >= day(60):
            row.update(changed)
    findings = find_alerts(PLACE, rows)
    assert findings.alerts[0].confirmed_at is None
    assert words in said(findings)


def test_an_event_in_many_zones_names_them() -> None:
    zones = ("apron", "park", "quay", "ramp")
    planted = {(zone, "pattern"): lasting(60, 8.0) for zone in zones}
    text = said(find_alerts(PLACE, site_rows(planted, looks=66, zones=zones)))
    assert re.search(r"[\w ]+, [\w ]+ and [\w ]+ moved with it\.", text), text


def test_likely_causes_are_told_and_others_are_not() -> None:
    assert "No ordinary cause that the looks can test is likely." in said(
        found("pattern", "confirmed")
    )
    planted = {
        ("apron", "ndvi"): lasting(60, -8.0),
        ("apron", "bare_soil"): lasting(60, 8.0),
    }
    text = said(find_alerts(PLACE, site_rows(planted, looks=66, indices=TESTED)))
    assert "Ordinary causes that fit: works (for: the zone became less green and barer)" in text


def test_every_ordinary_cause_of_the_rules_is_tested() -> None:
    assert set(TESTS) == {
        "snow", "wet ground", "haze left over", "shadow and low sun", "glint", "registration",
        "works", "season",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "index", "text"),
    [
        (1234.4, "changed_area", "1,234 m\N{SUPERSCRIPT TWO}"),
        (0.1, "ndvi", "0.100"),
        (0.02, "texture", "0.020 reflectance"),
    ],
)
def test_quantities_carry_their_unit(value: float, index: str, text: str) -> None:
    assert format_index_value(value, index) == text


def test_what_comes_often_is_told_by_the_year() -> None:
    rows = site_rows({("apron", "pattern"): lasting(60, 2.5)}, looks=66)
    findings = find_alerts(SiteUnderTest("site", 12.0, 45.0), rows)
    often = [said(findings, number) for number, _ in enumerate(findings.alerts)]
    assert any(re.search(r"about \d\.\d times a year", text) for text in often)
