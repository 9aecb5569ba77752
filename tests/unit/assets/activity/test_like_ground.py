"""Which ground is like a zone, and what it shows in a look."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.activity.usual.like_ground import (
    NEIGHBOURS,
    NEIGHBOURS_MIN,
    PARTS_MAX,
    LikeGround,
    find_like_ground,
    shared_departure,
)

CANDIDATES = 200
BANDS = 4


def candidates(seed: int = 0) -> np.ndarray:
    """Coefficients of a block each of five kinds in turn, shape (band, 3, candidate)."""
    rng = np.random.default_rng(seed)
    kinds = rng.uniform(0.05, 0.4, (BANDS, 3, 5)) * np.array([1.0, 0.2, 0.2])[:, None]
    return kinds[..., np.arange(CANDIDATES) % 5] + rng.normal(0, 0.002, (BANDS, 3, CANDIDATES))


def found_for(own: np.ndarray, others: np.ndarray, blocks: np.ndarray | None = None) -> LikeGround:
    """Like ground of parts of one area."""
    count = own.shape[-1]
    blocks = np.arange(1000, 1000 + others.shape[-1]) if blocks is None else blocks
    return find_like_ground(own, np.arange(count), np.full(count, 3600.0), others, blocks)


@pytest.mark.parametrize("kind", range(5))
def test_the_blocks_that_are_asked_are_of_the_kind_of_the_zone(kind: int) -> None:
    others = candidates()
    like = found_for(others[..., kind : kind + 1], others)
    assert ((like.blocks - 1000) % 5 == kind).all()
    assert len(set(like.blocks[0])) == NEIGHBOURS
    assert like.blocks[0, 0] == 1000 + kind, "what is most like comes first"


def test_ground_of_the_same_mean_and_another_season_is_not_alike() -> None:
    own = np.zeros((BANDS, 3, 1))
    own[:, 0], own[3, 1] = 0.2, 0.1
    others = np.repeat(own, 60, axis=-1)
    others[3, 1, 30:] = -0.1
    assert (found_for(own, others).blocks < 1030).all()


@given(st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_the_order_in_which_candidates_are_listed_does_not_matter(
    random: np.random.Generator,
) -> None:
    others = candidates(1)
    order = list(range(CANDIDATES))
    random.shuffle(order)
    own = others[..., 7:9]
    first = found_for(own, others)
    second = found_for(own, others[..., order], 1000 + np.array(order))
    np.testing.assert_array_equal(first.blocks, second.blocks)


def test_what_lies_beyond_reach_and_other_parts_change_nothing() -> None:
    others = candidates(2)
    own = others[..., :3]
    alone = found_for(own[..., :1], others)
    np.testing.assert_array_equal(found_for(own, others).blocks[:1], alone.blocks)
    few = find_like_ground(own, np.arange(3), np.ones(3), others[..., :50], np.arange(50))
    assert (few.blocks < 50).all()


def test_blocks_and_parts_of_which_nothing_is_known_are_left_out() -> None:
    others = candidates(3)
    others[2, 1, ::2] = np.nan
    own = others[..., 1:5].copy()
    like = found_for(own, others)
    assert like.parts.tolist() == [0, 2]
    assert ((like.blocks - 1000) % 2 == 1).all()
    assert like.weights.sum() == pytest.approx(1.0)


def test_where_there_are_few_blocks_all_are_asked_and_where_there_are_none_nobody() -> None:
    others = candidates(4)[..., :10]
    like = found_for(others[..., :1], others)
    assert sorted(like.blocks[0][like.blocks[0] >= 0]) == list(range(1000, 1010))
    none = found_for(others[..., :1], others[..., :0])
    assert (none.blocks == -1).all()
    assert np.isnan(shared_departure(none, np.zeros((2, 1, 5))).effect).all()
    nothing = found_for(np.full((BANDS, 3, 2), np.nan), others)
    assert nothing.blocks.shape == (0, NEIGHBOURS)
    assert np.isnan(shared_departure(nothing, np.zeros((2, 1, 2000))).effect).all()


def test_of_a_large_zone_a_number_of_parts_is_asked_that_is_spread_over_it() -> None:
    others = candidates(5)
    own = np.repeat(others[..., :1], 300, axis=-1)
    like = found_for(own, others)
    assert len(like.parts) == PARTS_MAX
    assert like.parts[[0, -1]].tolist() == [0, 299]
    assert np.diff(like.parts).max() < 8


def test_parts_stand_for_the_area_of_the_zone_in_them() -> None:
    others = candidates(6)
    like = find_like_ground(
        others[..., :2], np.arange(2), np.array([300.0, 100.0]), others, np.arange(CANDIDATES)
    )
    assert like.weights.tolist() == [0.75, 0.25]
    departures = np.full((1, 1, CANDIDATES), 0.0)
    departures[..., like.blocks[0]] = 0.04
    assert shared_departure(like, departures).effect[0, 0] == pytest.approx(0.03)


@given(st.floats(-0.3, 0.3), st.integers(0, (NEIGHBOURS - 1) // 2))
@settings(max_examples=30)
def test_what_most_like_blocks_show_is_shared_whatever_a_few_others_show(
    step: float, odd: int
) -> None:
    like = LikeGround(np.arange(NEIGHBOURS)[None], np.array([0]), np.ones(1))
    departures = np.full((1, 1, NEIGHBOURS), step)
    departures[..., :odd] += 0.5
    found = shared_departure(like, departures)
    assert found.effect[0, 0] == pytest.approx(step)
    assert found.scatter[0, 0] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("seen", "is_known"), [(NEIGHBOURS_MIN - 1, False), (NEIGHBOURS_MIN, True)]
)
def test_a_look_that_shows_few_of_them_says_nothing(seen: int, *, is_known: bool) -> None:
    like = LikeGround(np.arange(NEIGHBOURS)[None], np.array([0]), np.ones(1))
    departures = np.full((2, 1, NEIGHBOURS), np.nan)
    departures[0, 0, :seen] = 0.01
    departures[1] = 0.02
    found = shared_departure(like, departures)
    assert np.isfinite(found.effect[0, 0]) == is_known
    assert found.effect[1, 0] == pytest.approx(0.02)


def test_the_scatter_is_the_standard_deviation_of_like_ground() -> None:
    rng = np.random.default_rng(7)
    like = LikeGround(np.arange(NEIGHBOURS)[None], np.array([0]), np.ones(1))
    departures = 0.1 + rng.normal(0, 0.02, (400, 1, NEIGHBOURS))
    found = shared_departure(like, departures)
    assert found.scatter.mean() == pytest.approx(0.02, rel=0.1)
    assert found.effect.mean() == pytest.approx(0.1, abs=0.002)
