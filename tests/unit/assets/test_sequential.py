"""When a change of one series opens, is confirmed and is over, as known at the time."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.anomalies.sequential import (
    OPEN,
    PATIENCE,
    SECOND_LOOK_DAYS,
    Episode,
    Observation,
    find_episodes,
)

UNIT = 0.01  # of the series, in which its departures have an error of one
START = dt.datetime(2024, 1, 3, 9, tzinfo=dt.UTC)


def series_of(
    evidence: list[float], *, gaps: list[float] | None = None, error: float = 0.3
) -> list[Observation]:
    """Looks five days apart, or so many days as given after the one before.

    `error` is the share of the measurement itself in the error of the departure.
    """
    days = np.cumsum([0.0, *(gaps or [5.0] * (len(evidence) - 1))])[: len(evidence)]
    return [
        Observation(
            acquisition_id=f"look-{number:03d}",
            sensed_at=START + dt.timedelta(days=float(day)),
            known_at=START + dt.timedelta(days=float(day) + 0.2),
            value=0.2 + UNIT * strength,
            departure=UNIT * strength,
            measurement_error=UNIT * error,
            z=strength,
            evidence=float(np.clip(strength, -6, 6)),
        )
        for number, (day, strength) in enumerate(zip(days, evidence, strict=True))
    ]


def baseline_changes(evidence: list[float], **how: list[float]) -> list[Episode]:
    found = find_episodes(series_of(evidence, **how))
    return [one for one in found if one.against == "baseline"]


def test_a_second_look_confirms() -> None:
    (found,) = baseline_changes([0, 0, 5, 1, 3, 0])
    assert (found.sign, found.opened, found.confirmed, found.closed) == (1, 2, 4, None)
    assert (found.peak, found.peak_evidence, found.agreeing) == (2, 5, [2, 4])


def test_without_a_second_look_a_change_is_closed_unconfirmed() -> None:
    (found,) = baseline_changes([0, -5, 0, 0, 0, 0, 0])
    assert (found.sign, found.opened, found.confirmed, found.closed) == (-1, 1, None, 1 + PATIENCE)


def test_a_confirmed_change_ends_when_looks_no_longer_show_it() -> None:
    (found,) = baseline_changes([5, 5, 2, 2, 0, 0, 0, 0])
    assert (found.confirmed, found.last, found.closed) == (1, 3, 6)


@pytest.mark.parametrize("evidence", [[0.9] * 60, [-0.9] * 60, [2.4, 0, 0] * 10, []])
def test_ordinary_wandering_opens_nothing(evidence: list[float]) -> None:
    assert find_episodes(series_of(evidence)) == []


def test_many_small_departures_of_one_sign_add_up() -> None:
    (found,) = baseline_changes([2.2] * 8)
    assert 3 <= found.opened <= 4
    assert found.confirmed is None


def test_a_look_months_later_is_no_second_look_but_may_open_anew() -> None:
    late = SECOND_LOOK_DAYS + 1.0
    first, second = baseline_changes([OPEN, 5, 5], gaps=[late, 5])
    assert (first.confirmed, first.closed) == (None, 1)
    assert (second.opened, second.confirmed) == (1, 2)
    (alone,) = baseline_changes([OPEN, 3, 3], gaps=[late, 5])
    assert alone.closed == 1


def test_the_return_from_a_change_is_found_and_confirmed() -> None:
    found = find_episodes(series_of([0, 0, 5, 5.2, 5.1, 4.9, 5, 0, 0.1, 0]))
    (back,) = [one for one in found if one.against == "alert level"]
    assert (back.sign, back.opened, back.confirmed) == (-1, 7, 8)
    assert back.effect(series_of([0] * 7 + [0.0] * 3)) < 0


def test_a_return_that_no_second_look_shows_is_closed_unconfirmed() -> None:
    found = find_episodes(series_of([0, 0, 5, 5.2, 5.1, 4.9, 5, 0, 5, 5, 5, 5]))
    (back,) = [one for one in found if one.against == "alert level"]
    assert (back.opened, back.confirmed, back.closed) == (7, None, 7 + PATIENCE)


def at_end_of(found: list[Episode], length: int) -> list[tuple[object, ...]]:
    """What a list of changes says when only the first `length` looks are known."""

    def known(position: int | None) -> int | None:
        return position if position is not None and position < length else None

    return [
        (one.sign, one.against, one.opened, known(one.confirmed), known(one.closed))
        for one in found
        if one.opened < length
    ]


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 1.4, 2.2, 2.7, 4.0, 6.0]),
        st.sampled_from([1, -1]),
        st.integers(1, 6),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(
    STEPS, st.integers(0, 40), st.sampled_from([0.1, 0.4, 1.0]), st.sampled_from([2.0, 5.0, 31.0])
)
def test_what_is_said_of_a_look_never_depends_on_later_looks(
    steps: list[tuple[float, int, int]], length: int, error: float, gap: float
) -> None:
    evidence = [size * sign for size, sign, looks in steps for _ in range(looks)]
    series = series_of(evidence, gaps=[gap] * (len(evidence) - 1), error=error)
    then = find_episodes(series[:length])
    assert at_end_of(find_episodes(series), length) == at_end_of(then, length)
