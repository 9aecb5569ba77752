"""The yardstick of made-up worlds: scores against known truth, and a world in the product."""

import datetime as dt
import json

import pytest

from bench.worlds.figures import figures, markdown, poisson_interval
from bench.worlds.runs import WorldWanted, score
from bench.worlds.scored import Opened, WorldScore, ZoneEvidence, false_alarms, score_world
from bench.worlds.statements import said_of, statement_figures
from bench.worlds.told import events_of, is_quiet, quiet_years

PARK_EMPTIED = dt.date(2021, 3, 1)
TRUTH = {
    "seed": 7,
    "story": "full_exit",
    "setting": "farmland",
    "zones": [{"zone": "park"}, {"zone": "field"}],
    "quiet": {
        "zones": ["field"],
        "from": "2020-01-01",
        "to": "2021-12-31",
        "before_story": "2021-02-28",
    },
    "events": [
        {"kind": "full_exit", "zone": "park", "first": "2021-03-01", "last": "2021-03-05",
         "until": None, "before_m2": 4000.0, "after_m2": 0.0, "sign": -1, "outline": None},
        {"kind": "construction", "zone": None, "first": "2021-03-01", "last": "2021-03-05",
         "until": None, "before_m2": 0.0, "after_m2": 900.0, "sign": 1, "outline": []},
    ],
    "looks": [
        {"day": str(dt.date(2020, 1, 1) + dt.timedelta(days=10 * number)),
         "zones": {"park": {"clear_fraction": 1.0}, "field": {"clear_fraction": 1.0}}}
        for number in range(60)
    ],
}  # fmt: skip


def opened(zone: str, day: dt.date, direction: str = "fall", effect: float = -3600.0) -> Opened:
    return Opened(day, None, direction, (ZoneEvidence(zone, "changed_area", day, effect),))


def scored(alerts: list[Opened], visible: float | None = 1000.0) -> WorldScore:
    return score_world(
        TRUTH,
        {"0.5": alerts},
        own_rate="0.5",
        tested_from=dt.date(2021, 1, 1),
        visible_m2={"park": visible},
        seconds=60.0,
    )


def test_events_are_those_of_listed_zones() -> None:
    (event,) = events_of(TRUTH)
    assert (event.zone_id, event.first, event.change_m2) == ("park", PARK_EMPTIED, 4000.0)


def test_an_alert_in_the_zone_of_an_event_finds_it_with_its_delay_and_area() -> None:
    (event,) = scored([opened("park", PARK_EMPTIED + dt.timedelta(days=21))]).events
    assert (event.delay_days, event.is_found_within(30), event.is_found_within(20)) == (
        21,
        True,
        False,
    )
    assert (event.delay_looks, event.told_m2, event.is_sign_right) == (2, 3600.0, True)
    (vague,) = scored([opened("park", PARK_EMPTIED + dt.timedelta(days=21), "change")]).events
    assert vague.is_sign_right is None
    assert (event.times_visible, event.looks_in_time) == (4.0, 6)


@pytest.mark.parametrize(
    "alert",
    [opened("field", PARK_EMPTIED), opened("park", PARK_EMPTIED - dt.timedelta(days=1))],
)
def test_an_alert_elsewhere_or_before_finds_nothing_and_is_false(alert: Opened) -> None:
    found = scored([alert])
    assert found.events[0].delay_days is None
    assert (found.alarms["0.5"].opened, found.alarms["0.5"].confirmed) == (1, 0)


def test_an_alert_of_an_event_is_no_false_alarm_whatever_joins_it() -> None:
    joined = Opened(
        PARK_EMPTIED,
        PARK_EMPTIED,
        "fall",
        (*opened("park", PARK_EMPTIED).evidence, *opened("field", PARK_EMPTIED).evidence),
    )
    assert false_alarms(TRUTH, [joined]).opened == 0
    assert not is_quiet(TRUTH, joined.places)


def test_quiet_years_count_zones_in_which_nothing_happened() -> None:
    before = quiet_years(TRUTH, dt.date(2020, 1, 1))
    assert before == pytest.approx((420 + 170 / 2) / 365.25, abs=0.03)
    assert quiet_years(TRUTH, None) == 0.0


def test_figures_are_json_and_tell_each_rate_with_its_interval() -> None:
    found = [scored([opened("park", PARK_EMPTIED + dt.timedelta(days=21))]), scored([])]
    told = json.loads(json.dumps(figures(found), allow_nan=False))
    assert told["worlds"] == 2
    assert told["found_30d"] == told["found_60d"] == 0.5
    assert told["counted"]["found_60d_within_reach"] == [1, 2, 0.5]
    assert told["events"]["full_exit"]["twice_visible"] == 2
    assert told["events"]["full_exit"]["share_60d"] == 0.5
    assert told["by_zones"] == {"few": 0.5, "many": None}
    assert (told["median_delay_days"], told["median_delay_clear_looks"]) == (21, 2)
    assert told["area_error"] == pytest.approx(0.1)
    assert told["sign_errors"] == 0.0
    rate, low, high = told["false_alarms_per_site_year"]["0.5"]
    assert low == rate == 0.0 < high
    assert "| full_exit | 2 | 2 | 2 | 1 | 1 | 1 | 1 |" in markdown(told)


def test_an_event_that_nothing_could_show_is_not_asked_for() -> None:
    told = figures([scored([], visible=None), scored([], visible=3000.0)])
    assert told["found_60d"] is None
    assert told["visible"] == 0.5
    assert told["counted"]["found_60d_of_all"] == [0, 2, 0.0]


SHARES = [1.0] * 43 + [0.62] * 7 + [0.02] * 10  # of the looks of TRUTH


def test_statements_are_held_against_the_truth_of_their_look() -> None:
    truth = {**TRUTH, "site_share": SHARES}
    days = [dt.date.fromisoformat(look["day"]) for look in truth["looks"]]
    told = {42: "as_usual", 44: "building_up", 46: "too_early_to_tell", 48: "drawing_down"}
    said = said_of(truth, [{"statement": one, "day": days[at]} for at, one in told.items()])
    assert [one.truth for one in said] == ["as_usual", *["drawing_down"] * 3]
    found = statement_figures([("full_exit", said, truth)])
    assert (found["statements"], found["statements_opposite"]) == (3, 1)
    assert found["statements_right"] == pytest.approx(2 / 3)
    assert found["too_early_share"] == pytest.approx(1 / 4)
    assert found["confusion"]["drawing_down"] == {
        "building_up": 1, "drawing_down": 1, "too_early_to_tell": 1,
    }  # fmt: skip


def test_truths_at_the_edge_of_a_band_are_left_out() -> None:
    truth = {**TRUTH, "site_share": [0.75] * 60}
    said = said_of(truth, [{"statement": "as_usual", "day": dt.date(2020, 1, 1)}])
    assert statement_figures([("quiet", said, truth)])["statements"] == 0


def test_an_exchange_is_a_change_and_no_exit() -> None:
    event = {**TRUTH["events"][0], "kind": "rotation"}
    truth = {**TRUTH, "events": [event], "site_share": [1.0] * 60}
    day = dt.date(2021, 3, 6)
    assert day.isoformat() in {look["day"] for look in truth["looks"]}
    told = ("change", "as_usual", "mostly_gone")
    said = said_of(truth, [{"statement": one, "day": day} for one in told])
    assert [one.is_right for one in said] == [True, True, False]
    assert [one.is_opposite for one in said] == [False, False, True]


def test_a_slow_exit_counts_where_less_was_told_in_time() -> None:
    event = {**TRUTH["events"][0], "kind": "slow_exit", "last": "2021-08-27"}
    truth = {**TRUTH, "events": [event], "site_share": [1.0] * 43 + [0.6] * 17}
    for day, count in ((dt.date(2021, 4, 5), 1), (dt.date(2021, 8, 13), 0)):
        said = said_of(truth, [{"statement": "drawing_down", "day": day}])
        assert statement_figures([("slow_exit", said, truth)])["slow_told"] == [count, 1]


def test_intervals_are_those_of_counts() -> None:
    assert poisson_interval(3, 1.0) == pytest.approx([3.0, 0.818, 7.754], abs=0.001)
    assert poisson_interval(0, 2.0) == pytest.approx([0.0, 0.0, 1.498], abs=0.001)
    assert poisson_interval(1, 0.0) is None


def test_a_world_goes_through_the_product_and_its_plain_event_is_found() -> None:
    """Works on scrub of a desert, 45 % of its zone: a world of the seeds that fits are made on."""
    found = score(WorldWanted(41))
    assert (found.seed, found.story, found.place) == (41, "construction", "desert")
    assert set(found.alarms) == {"0.1", "0.5", "2"}
    assert found.quiet_years > 0.5
    (event,) = found.events
    assert event.visible_m2 is not None
    assert event.times_visible > 2
    assert event.is_found_within(60)
    assert event.is_sign_right
