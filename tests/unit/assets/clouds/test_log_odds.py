"""Log-odds: bounded, added up, and made probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.clouds.signs.log_odds import (
    HIDDEN,
    MOST,
    PRIOR_SHARES,
    class_probabilities,
    log_odds,
    prior_evidence,
    to_coarse,
    to_fine,
)
from assets.clouds.signs.patches import EDGES, large_patches, seeded_patches


def odds_of(*values: float) -> list[float]:
    sign = np.array(values, np.float32)
    return log_odds(sign, hidden=(0.3, 0.1), clear=(0.0, 0.05)).tolist()


def test_a_sign_speaks_for_what_it_is_nearer_to_and_an_unseen_one_for_nothing() -> None:
    clear, between, hidden, unseen = odds_of(0.0, 0.12, 0.3, np.nan)
    assert clear < between < hidden
    assert clear < 0 < hidden
    assert unseen == 0


@given(st.floats(-1e6, 1e6))
def test_no_sign_is_worth_more_than_the_bound(value: float) -> None:
    (found,) = odds_of(value)
    assert -MOST <= found <= MOST


def test_far_from_both_the_heavier_tail_of_clear_ground_wins() -> None:
    assert odds_of(3.0)[0] == -MOST


def test_a_spread_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="math domain"):
        log_odds(np.zeros(1, np.float32), hidden=(0.3, -0.1), clear=(0.0, 0.05))


def test_with_priors_alone_the_probabilities_are_the_priors() -> None:
    clear, hidden = class_probabilities(prior_evidence((2, 3)))
    assert hidden[:, 0, 0].tolist() == pytest.approx(PRIOR_SHARES)
    assert clear[0, 0] == pytest.approx(1 - sum(PRIOR_SHARES))


@given(st.lists(st.floats(-50, 50), min_size=HIDDEN, max_size=HIDDEN))
def test_probabilities_add_up_to_one(odds: list[float]) -> None:
    clear, hidden = class_probabilities(np.array(odds, np.float32).reshape(HIDDEN, 1, 1))
    assert float(clear[0, 0] + hidden.sum()) == pytest.approx(1, abs=1e-5)


def test_coarse_pixels_are_means_of_what_was_seen() -> None:
    image = np.array([[1, 3, 5], [np.nan, 5, 7], [np.nan, np.nan, 9]], np.float32)
    assert to_coarse(image)[0].tolist() == [3.0, 6.0]
    assert np.isnan(to_coarse(image)[1, 0])
    assert to_coarse(image)[1, 1] == 9.0
    assert to_fine(to_coarse(image), image.shape).shape == image.shape


def flags(*rows: str) -> np.ndarray:
    return np.array([[sign == "#" for sign in row] for row in rows])


def test_patches_are_told_by_size_and_by_what_touches() -> None:
    image = flags("##...", "..#..", "....#")
    assert np.array_equal(large_patches(image, 3), flags("##...", "..#..", "....."))
    assert np.array_equal(large_patches(image, 2, touching=EDGES), flags("##...", ".....", "....."))
    assert not large_patches(image, 4).any()


def test_a_patch_without_a_seed_is_left_and_a_seed_without_a_patch_is_none() -> None:
    image = flags("##..#", "....#")
    seeds = flags(".#.#.", ".....")
    assert np.array_equal(seeded_patches(image, seeds), flags("##...", "....."))
