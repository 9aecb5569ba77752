"""Changes of series drawn together into alerts, and what could be known of them when."""

from __future__ import annotations

import datetime as dt

import pytest
from doubles.site_rows import day, lasting, site_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.anomalies.alerts.alerts import Alert
from assets.anomalies.alerts.findings import SiteUnderTest, find_alerts
from assets.anomalies.alerts.status_log import site_alert_history

PLACE = SiteUnderTest("site", 0.5, 45.0)
APRON, PARK = ("apron", "pattern"), ("park", "pattern")
LATE = dt.timedelta(days=0.2)
WEAK = {60: 3.9, 61: 3.9}  # opens, and does not confirm


def alerts_of(planted, **columns) -> list[Alert]:
    return find_alerts(PLACE, site_rows(planted, **columns)).alerts


def test_a_quiet_site_has_no_alert() -> None:
    assert alerts_of({}) == []


def test_two_looks_open_and_more_confirm_and_each_status_is_known_when_published() -> None:
    (alert,) = alerts_of({APRON: WEAK | lasting(62, 8.0)}, looks=66, is_exact=True)
    (possible, _, opened), (confirmed, _, agreed) = alert.history()
    assert (possible, confirmed) == ("possible", "confirmed")
    assert opened == day(61) + LATE
    assert agreed in (day(61) + LATE, day(62) + LATE, day(63) + LATE)
    assert (alert.status, alert.side, alert.confirmations) == ("confirmed", "rise", 5)
    assert alert.onset.sensed_at == day(60)


@pytest.mark.parametrize("size", [8.0, 40.0, 400.0])
def test_a_lone_look_opens_nothing_however_wild(size: float) -> None:
    assert alerts_of({APRON: {60: size}, ("apron", "texture"): {60: size}}) == []


def test_looks_that_agree_too_weakly_to_confirm_close_unconfirmed() -> None:
    (alert,) = alerts_of({APRON: WEAK}, looks=76, is_exact=True)
    assert [turn.status for turn in alert.history()] == ["possible", "closed"]
    assert (alert.confirmed_at, alert.ending) == (None, "not_confirmed")


def test_a_change_that_stays_closes_as_the_new_normal() -> None:
    learnt = {APRON: lasting(50, 5.5, 57) | lasting(57, 2.8)}
    (alert,) = alerts_of(learnt, is_exact=True)
    assert (alert.status, alert.ending) == ("closed", "new_normal")
    assert dt.timedelta(days=60) <= alert.closed_at - day(56) <= dt.timedelta(days=90)


def test_a_visit_is_confirmed_and_passes_without_another_alert() -> None:
    (alert,) = alerts_of({APRON: dict.fromkeys(range(50, 53), 8.0)})
    assert (alert.side, alert.status, alert.ending) == ("rise", "closed", "passed")
    assert alert.closed_at <= day(57)


def test_further_zones_hide_no_change() -> None:
    """One strong change is found at the same look among two zones and among forty."""
    for count in (2, 40):
        zones = ["apron", *(f"zone-{number:02d}" for number in range(1, count))]
        found = alerts_of({APRON: lasting(60, 9.0)}, looks=64, zones=zones)
        assert [one.first.sensed_at for one in found if one.has_zone("apron")] == [day(61)]


def test_the_return_from_what_the_expectation_has_learnt_is_an_alert_of_its_own() -> None:
    """In November the expectation has learnt what stands since September; in January that goes."""
    learnt = {APRON: {**dict.fromkeys(range(39, 51), 8.0), **dict.fromkeys(range(60, 80), -8.0)}}
    rise, fall = alerts_of(learnt)
    assert (rise.side, rise.ending, fall.side) == ("rise", "new_normal", "fall")
    assert fall.first.sensed_at == day(61)
    assert fall.strongest.effect < 0


@pytest.mark.parametrize(
    ("index", "size", "direction"),
    [
        ("texture", 6, "rise"),
        ("texture", -6, "fall"),
        ("pattern", 6, "change"),
        ("pattern", -6, "change"),  # what went, or was exchanged
        ("ndvi", -6, "change"),
        ("brightness", -6, "change"),
    ],
)
def test_only_some_series_have_a_direction(index: str, size: float, direction: str) -> None:
    (alert,) = alerts_of({("apron", index): lasting(60, size)}, looks=66)
    assert alert.direction == direction


def test_one_event_in_many_series_is_one_alert() -> None:
    planted = {
        APRON: lasting(60, 7.0),
        ("apron", "texture"): lasting(61, 7.0),
        ("apron", "brightness"): lasting(61, -7.0),
        PARK: lasting(63, 7.0),
    }
    (alert,) = alerts_of(planted, looks=68)
    assert {one.key for one in alert.evidence} == set(planted)
    assert alert.first.sensed_at <= day(61)


def test_what_leaves_ground_that_it_always_covered_goes_with_the_fall_at_the_same_look() -> None:
    planted = {
        ("apron", "texture"): lasting(60, -8.0),
        PARK: lasting(60, 8.0),
        ("park", "brightness"): lasting(60, 8.0),
    }
    (alert,) = alerts_of(planted, looks=66)
    assert alert.direction == "fall"
    assert {one.key.zone_id for one in alert.evidence} == {"apron", "park"}


def test_a_rise_and_a_fall_that_both_tell_are_two_alerts() -> None:
    planted = {("apron", "texture"): lasting(60, 8.0), ("park", "texture"): lasting(60, -8.0)}
    found = alerts_of(planted, looks=66)
    assert sorted(alert.direction for alert in found) == ["fall", "rise"]
    assert len({alert.alert_id for alert in found}) == 2


def test_unconfirmed_looks_elsewhere_are_another_matter() -> None:
    found = alerts_of({APRON: WEAK, PARK: lasting(63, 8.0)}, looks=68, is_exact=True)
    assert [alert.confirmed_at is None for alert in found] == [True, False]


def test_an_outage_is_no_change_and_ends_none() -> None:
    def rows(planted):
        made = site_rows(planted)
        hidden = {f"look-{number:03d}" for number in range(55, 70)}
        return [row for row in made if row["acquisition_id"] not in hidden]

    assert find_alerts(PLACE, rows({})).alerts == []
    (alert,) = find_alerts(PLACE, rows({APRON: lasting(52, 7.0)})).alerts
    assert alert.closed_at is None or alert.closed_at >= day(70)


def test_noisy_looks_open_but_do_not_confirm() -> None:
    rows = site_rows({APRON: lasting(60, 7.0)}, looks=66)
    for row in rows:
        if row["sensed_at"] >= day(60):
            row["flags"] = ["noisy"]
    (alert,) = find_alerts(PLACE, rows).alerts
    assert (alert.status, alert.confirmed_at) == ("possible", None)
    assert (alert.further, alert.confirmations) == (5, 0)


def test_noisy_looks_are_no_confirmations_of_one_that_others_confirmed() -> None:
    rows = site_rows({APRON: lasting(60, 7.0)}, looks=66)
    for row in rows:
        if row["sensed_at"] >= day(63):
            row["flags"] = ["noisy"]
    (alert,) = find_alerts(PLACE, rows).alerts
    assert alert.confirmed_at is not None
    assert (alert.further, alert.confirmations) == (5, 2)


@pytest.mark.parametrize(("until", "ending"), [(48, "passed"), (53, "new_normal")])
def test_what_stood_for_two_months_was_normal(until: int, ending: str) -> None:
    alert, *_ = alerts_of({APRON: lasting(40, 7.0, until)}, looks=70)
    assert (alert.status, alert.ending) == ("closed", ending)


def test_the_undoing_of_what_stood_for_a_month_is_an_alert_of_its_own() -> None:
    came, went = alerts_of({APRON: lasting(40, 8.0, 48)}, looks=60)
    assert (came.side, came.ending, went.side) == ("rise", "passed", "fall")
    assert (went.onset.sensed_at, went.first.sensed_at, went.confirmed_at) == (
        day(48),
        day(50),
        day(50),
    )
    episode = went.strongest.episode
    assert episode.is_return
    assert sorted(set(episode.agreeing)) == episode.agreeing
    assert went.strongest.effect < 0


def test_a_change_that_still_stands_is_told_once() -> None:
    (alert,) = alerts_of({APRON: lasting(40, 7.0)})
    assert (alert.status, alert.closed_at) == ("confirmed", None)


def test_the_peak_may_be_older_than_the_look_that_opened() -> None:
    (alert,) = alerts_of({APRON: {60: 9.0, 61: 5.0, 62: 5.0}}, looks=66)
    assert alert.first.sensed_at > day(60)
    assert alert.strongest.peak.sensed_at == day(60)


def test_the_peak_is_the_look_that_departs_most_by_its_own_error() -> None:
    rows = site_rows({APRON: lasting(60, 7.0)}, looks=66)
    for row in rows:
        if row["sensed_at"] == day(63) and (row["zone_id"], row["index_name"]) == APRON:
            row["departure"] *= 2
            row["value"] = row["expected"] + row["departure"]
            row["standard_error"], row["expected_error"] = 800.0, 600.0
            row["z"] /= 2
    (alert,) = find_alerts(PLACE, rows).alerts
    strongest = alert.strongest
    shown = [strongest.series[at] for at in strongest.episode.agreeing]
    assert max(shown, key=lambda seen: seen.departure).sensed_at == day(63)
    assert strongest.peak_z == max(seen.departure / seen.error for seen in shown)


def test_an_alert_began_no_later_than_it_opened_whatever_joined_it_later() -> None:
    joined = {APRON: lasting(60, 6.0), ("apron", "texture"): lasting(64, 12.0)}
    (alert,) = alerts_of(joined, looks=70)
    assert alert.strongest.key.index_name == "texture"
    assert alert.first.sensed_at == day(61)
    assert alert.onset.sensed_at == day(60)


def test_an_alert_of_which_only_what_joined_later_stands_began_when_it_opened() -> None:
    fades = {APRON: dict.fromkeys((58, 59), 4.2), ("apron", "texture"): lasting(61, 12.0)}
    (alert,) = alerts_of(fades, looks=70)
    assert [one.key for one in alert.evidence] == [("apron", "texture")]
    assert alert.onset.look <= alert.first.look


def test_looks_under_a_sun_lower_than_any_before_do_not_confirm() -> None:
    rows = site_rows({APRON: lasting(60, 7.0)}, looks=66)
    for row in rows:
        row["sun_elevation_deg"] = 24.0 if row["sensed_at"] >= day(60) else 35.0
    (alert,) = find_alerts(PLACE, rows).alerts
    assert alert.confirmed_at is None
    likely = {
        cause.name for cause in find_alerts(PLACE, rows).causes(alert.strongest) if cause.is_likely
    }
    assert likely == {"shadow and low sun", "season"}


def test_a_site_without_series_has_no_alerts() -> None:
    assert find_alerts(PLACE, []).alerts == []


KEYS = [(zone, index) for zone in ("apron", "park") for index in ("pattern", "brightness")]
CHANGES = st.lists(
    st.tuples(st.sampled_from(KEYS), st.integers(30, 58), st.integers(1, 20),
              st.sampled_from([-7.0, -4.0, 2.0, 5.0, 9.0, 40.0])),
    max_size=4,
)  # fmt: skip
DELAYS = st.dictionaries(st.integers(35, 59), st.sampled_from([9.0, 25.0, 70.0]), max_size=2)


def drawn(changes, delays):
    planted: dict = {}
    for key, first, length, size in changes:
        planted.setdefault(key, {}).update(
            dict.fromkeys(range(first, min(first + length, 60)), size)
        )
    return site_rows(planted, looks=60, indices=("pattern", "brightness"), published_after=delays)


def as_known_on(log, date: dt.date) -> dict[str, str]:
    """The macro of the lake: the newest status of each alert by the end of a day."""
    rank = ["possible", "confirmed", "closed", "withdrawn"]
    said: dict[str, tuple] = {}
    for step in log:
        if step.known_at.date() <= date:
            new = (step.known_at, rank.index(step.status))
            said[step.alert_id] = max(said.get(step.alert_id, new), new)
    return {alert_id: rank[status] for alert_id, (_, status) in said.items()}


@settings(max_examples=12, deadline=None)
@given(CHANGES, DELAYS, st.integers(36, 70))
def test_the_log_at_any_date_is_that_of_a_run_which_stopped_then(changes, delays, cut) -> None:
    rows = drawn(changes, delays)
    date = day(cut).date()
    until = [row for row in rows if row["known_at"].date() <= date]
    whole, then = site_alert_history(PLACE, rows), site_alert_history(PLACE, until)
    assert as_known_on(whole.log, date) == as_known_on(then.log, date)


def test_a_look_that_comes_late_withdraws_what_was_said_without_it() -> None:
    """Two looks make a change; those between them, published later, show that it is none."""
    planted = {APRON: {56: 9.0, 59: 9.0}}
    late = dict.fromkeys((57, 58), 40.0)
    known = site_alert_history(PLACE, site_rows(planted, looks=62, published_after=late))
    statuses = [step.status for step in known.log]
    assert "confirmed" in statuses
    assert statuses[-1] in ("withdrawn", "possible", "closed")
    assert as_known_on(known.log, day(61).date()) != as_known_on(known.log, day(90).date())


@settings(max_examples=5, deadline=None)
@given(st.randoms())
def test_the_order_in_which_rows_are_read_does_not_matter(random) -> None:
    rows = site_rows({APRON: lasting(50, 6.0), PARK: lasting(51, -6.0)}, looks=60)
    mixed = list(rows)
    random.shuffle(mixed)
    assert site_alert_history(PLACE, mixed).log == site_alert_history(PLACE, rows).log
