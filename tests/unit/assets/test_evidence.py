"""Evidence on one scale, whatever the length of history."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assets.anomalies.evidence import EVIDENCE_MAX, evidence_of


def evidence(z: float, baseline_n: int) -> float:
    return float(evidence_of(np.array([z]), np.array([baseline_n]))[0])


@given(st.floats(-4, 4), st.integers(3, 60))
def test_evidence_has_the_tail_probability_of_students_t(z: float, baseline_n: int) -> None:
    found = evidence(z, baseline_n)
    assert stats.norm.sf(abs(found)) == pytest.approx(stats.t(baseline_n - 1).sf(abs(z)), rel=1e-6)
    assert found * z >= 0
    assert abs(found) <= abs(z) + 1e-9, "an estimated spread can only weaken what is seen"


@given(st.floats(0, 40), st.floats(0, 40), st.integers(2, 60))
def test_a_larger_departure_never_says_less(one: float, other: float, baseline_n: int) -> None:
    low, high = sorted((one, other))
    assert evidence(low, baseline_n) <= evidence(high, baseline_n) <= EVIDENCE_MAX


def test_more_looks_make_the_same_departure_say_more() -> None:
    found = [evidence(4.0, count) for count in (3, 8, 16, 60)]
    assert found == sorted(found)
    assert found[0] < 2.5
    assert found[-1] > 3.5


def test_no_look_says_nothing() -> None:
    assert evidence_of(np.empty(0), np.empty(0, np.int64)).shape == (0,)
    assert evidence(0.0, 10) == 0
