"""Errors that docstrings of the science name are those that come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from assets.anomalies.alerts.alerts import Alert
from assets.anomalies.alerts.causes import ordinary_causes
from assets.anomalies.alerts.change_episode import ChangeEpisode, SeriesUnderTest
from assets.anomalies.alerts.episodes import find_episodes
from assets.anomalies.alerts.evidence import AlertEvidence
from assets.anomalies.alerts.grouping import group_into_alerts
from assets.anomalies.alerts.headline import alert_headline
from assets.anomalies.alerts.wording import (
    alert_summary,
    format_index_value,
    most_telling_evidence,
)
from assets.anomalies.change_tests.series import (
    LookKey,
    SeriesKey,
    SeriesObservation,
    SiteSeries,
)
from assets.anomalies.change_tests.site_test import (
    SeriesTest,
    SiteTest,
    achieved_rate,
    alarm_openings,
    observed_years,
    run_test,
)
from assets.anomalies.change_tests.witness_test import counts_per_like_cell, judge_series
from assets.anomalies.change_tests.zone_test import own_scale, score_windows
from assets.anomalies.counts import chances, count_evidence, quiet, regression
from assets.anomalies.counts.count_series import scan_counts
from assets.anomalies.counts.exposure import cell_rates
from assets.anomalies.counts.prediction import expected_counts
from assets.anomalies.counts.prior import CountPrior
from assets.anomalies.course.statements import band_of

START = dt.datetime(2022, 1, 1, tzinfo=dt.UTC)
LOOKS = 60
DAYS = 6.0 * np.arange(LOOKS)
COUNTS = np.ones((LOOKS, 2))
SEEN = np.ones((LOOKS, 2), bool)
NO_LOOK = SeriesTest(np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0, np.int64))


def observation(place: int) -> SeriesObservation:
    look = LookKey(START + dt.timedelta(days=6 * place), f"look-{place}")
    told = {"value": 1.0, "departure": 1.0, "error": 1.0, "z": 1.0, "baseline_n": 20}
    return SeriesObservation(
        look, look.sensed_at, place, **told, is_noisy=False, relative_orbit=None
    )


def evidence(index: str = "pattern", *, agreeing: tuple[int, ...] = (0, 1)) -> AlertEvidence:
    episode = ChangeEpisode(1, 0, 1, agreeing=list(agreeing), sure=list(agreeing))
    return AlertEvidence(SeriesKey("park", index), [observation(0), observation(1)], episode)


def site(**known: Any) -> SiteSeries:
    looks = tuple(observation(place).look for place in range(LOOKS))
    whole = {"history": {"park": np.full(LOOKS, 20.0)}, "is_green": {"park": np.zeros(LOOKS, bool)}}
    return SiteSeries(
        keys=(SeriesKey("park", "pattern"),),
        looks=looks,
        days=DAYS,
        z=np.ones((1, LOOKS)),
        observations={},
        **(whole | known),
    )


EMPTY_SITE = SiteSeries((), (), np.zeros(0), np.zeros((0, 0)), {}, {}, {})
NO_SERIES = SiteTest((), (), DAYS, np.ones(LOOKS, bool), 0, 0)
KIND = quiet.SeriesKind(3.0, 0.0, 0.0, 0.1, 6.0, 60.0, 0.01)

ALERTS: dict[str, tuple[type[Exception], Callable[[], object]]] = {
    "causes without the zone": (KeyError, lambda: ordinary_causes(evidence(), {}, {})),
    "causes without a look": (KeyError, lambda: ordinary_causes(evidence(), {"park": {}}, {})),
    "causes of nothing": (
        ValueError,
        lambda: ordinary_causes(evidence(agreeing=()), {"park": {}}, {}),
    ),
    "episodes of an untested look": (
        IndexError,
        lambda: find_episodes(SeriesUnderTest([observation(1)], NO_LOOK, NO_LOOK, 0.5)),
    ),
    "an unknown index in a group": (ValueError, lambda: group_into_alerts("x", [evidence("no")])),
    "the headline of nothing": (IndexError, lambda: alert_headline(Alert("x", []), {})),
    "the summary of nothing": (StopIteration, lambda: alert_summary(Alert("x", []), {}, [], None)),
    "the summary of an unknown index": (
        KeyError,
        lambda: alert_summary(Alert("x", [evidence("no")]), {}, [], None),
    ),
    "what tells most of nothing": (StopIteration, lambda: most_telling_evidence(Alert("x", []))),
    "a value without unit": (KeyError, lambda: format_index_value(1.0, "no")),
    "a share that is no number": (StopIteration, lambda: band_of(float("nan"))),
}
TESTS: dict[str, tuple[type[Exception], Callable[[], object]]] = {
    "no history": (KeyError, lambda: run_test(site(history={}))),
    "no greenness": (KeyError, lambda: run_test(site(is_green={}))),
    "no series": (ValueError, lambda: run_test(EMPTY_SITE)),
    "a rate of 0": (
        ZeroDivisionError,
        lambda: achieved_rate(run_test(site()), 0.0, np.zeros(LOOKS, bool)),
    ),
    "other looks": (
        ValueError,
        lambda: achieved_rate(run_test(site()), 0.5, np.zeros(LOOKS - 1, bool)),
    ),
    "a test of nothing": (
        ValueError,
        lambda: achieved_rate(NO_SERIES, 0.5, np.zeros(LOOKS, bool)),
    ),
    "years without a look": (IndexError, lambda: observed_years(np.zeros(0))),
    "an alarm without day": (IndexError, lambda: alarm_openings(np.ones(5, bool), DAYS[:3])),
    "unlike cells": (ValueError, lambda: counts_per_like_cell(np.ones(3), np.ones(4))),
    "a witness at a rate of 0": (
        ValueError,
        lambda: judge_series(DAYS, COUNTS, asked=0.0, witnesses=1),
    ),
    "no witness": (
        ZeroDivisionError,
        lambda: judge_series(DAYS, COUNTS, asked=0.5, witnesses=0),
    ),
    "days that do not fit": (
        ValueError,
        lambda: score_windows(np.ones((2, 5)), DAYS[:4], np.eye(2)),
    ),
    "indices that do not fit": (
        ValueError,
        lambda: score_windows(np.ones((2, 5)), DAYS[:5], np.eye(3)),
    ),
    "more days than looks": (IndexError, lambda: own_scale(np.ones((2, 5)), DAYS)),
}
NEWEST = np.zeros((5, len(count_evidence.GRID)), np.float32)
THREE, FOUR = np.ones(3), np.ones(4)
SERIES = np.ones((3, quiet.SETTLING + 6))
TOLD: dict[str, tuple[type[Exception], Callable[[], object]]] = {
    "variance": (ValueError, lambda: chances.variance_over_mean(THREE, FOUR)),
    "chance": (ValueError, lambda: chances.log_chance(THREE, THREE, FOUR)),
    "nothing but outliers": (
        ZeroDivisionError,
        lambda: chances.outlier_log_odds(THREE, THREE, 0.1, 1.0),
    ),
    "ratios": (
        IndexError,
        lambda: count_evidence.log_likelihood_ratios(THREE, THREE, FOUR, 0.01),
    ),
    "one variance": (
        IndexError,
        lambda: count_evidence.change_probabilities(np.array(0.1), (1.0,)),
    ),
    "evidence of other looks": (
        ValueError,
        lambda: count_evidence.evidence_of_change(NEWEST, 0.1 * FOUR),
    ),
    "evidence of another grid": (
        ValueError,
        lambda: count_evidence.evidence_of_change(NEWEST[:, :7], 0.1 * np.ones(1)),
    ),
    "no look since": (IndexError, lambda: scan_counts(DAYS, COUNTS, since=LOOKS)),
    "rates": (ValueError, lambda: cell_rates(COUNTS, COUNTS[:20], DAYS, 4.0)),
    "expected of other looks": (
        ValueError,
        lambda: expected_counts(DAYS, COUNTS[:20], SEEN, CountPrior()),
    ),
    "expected of other cells": (
        ValueError,
        lambda: expected_counts(DAYS, COUNTS, SEEN[:, :1], CountPrior()),
    ),
    "a fit to nothing": (
        IndexError,
        lambda: regression.fit_counts(DAYS[:0], COUNTS[:0], SEEN[:0], CountPrior()),
    ),
    "a fit to other looks": (
        ValueError,
        lambda: regression.fit_counts(DAYS, COUNTS[:20], SEEN, CountPrior()),
    ),
    "one knot": (IndexError, lambda: regression.design_matrix(DAYS, SEEN, DAYS[:1])),
    "terms of other looks": (
        ValueError,
        lambda: regression.design_matrix(DAYS, SEEN[:20], DAYS[:2]),
    ),
    "a series too short": (
        IndexError,
        lambda: quiet.log_rates(SERIES[:, : quiet.SETTLING], SERIES[:, : quiet.SETTLING]),
    ),
    "rates of other looks": (
        ValueError,
        lambda: quiet.log_rates(SERIES.cumsum(axis=1), SERIES[:, :-1]),
    ),
    "episodes of other looks": (
        ValueError,
        lambda: quiet.count_episodes(SERIES, SERIES[:, :-1] > 0),
    ),
    "a kind without spread": (
        ZeroDivisionError,
        lambda: quiet.simulate_quiet_series(KIND, np.random.default_rng(1)),
    ),
}


@pytest.mark.parametrize("case", [*ALERTS, *TESTS, *TOLD])
def test_what_docstrings_name_is_raised(case: str) -> None:
    error, call = (ALERTS | TESTS | TOLD)[case]
    with pytest.raises(error) as found:
        call()
    assert found.type is error
