"""Turnover: area that changed between two looks of one orbit."""

import dataclasses

import numpy as np
import pytest

from assets.activity.detect.turnover import turnover_m2
from assets.activity.indices.zone_pixels import ZoneView

SIGMA = 0.01
SHAPE = (7, 30, 30)


def view_of(residual: np.ndarray, *, zone: slice = slice(5, 25)) -> ZoneView:
    area = np.zeros(SHAPE[1:])
    area[zone, zone] = 100.0
    return ZoneView(
        residual=residual,
        sigma=np.full(SHAPE, SIGMA),
        expected=np.full(SHAPE, 0.2),
        clear=np.ones(SHAPE[1:], bool),
        area_m2=area,
    )


def with_objects(*places: tuple[int, int]) -> np.ndarray:
    residual = np.zeros(SHAPE)
    for row, column in places:
        residual[:, row : row + 3, column : column + 2] = 0.15
    return residual


def test_what_came_went_and_moved_counts_once_at_each_of_its_places() -> None:
    stays, leaves, comes = (7, 7), (12, 12), (18, 18)
    before, today = with_objects(stays, leaves), with_objects(stays, comes)
    assert turnover_m2(view_of(today), view_of(before)) == pytest.approx(12 * 100)
    assert turnover_m2(view_of(before), view_of(today)) == pytest.approx(12 * 100)
    assert turnover_m2(view_of(today), view_of(today)) == 0


def test_what_is_outside_the_zone_does_not_count() -> None:
    assert turnover_m2(view_of(with_objects((0, 0), (26, 26))), view_of(np.zeros(SHAPE))) == 0


def test_quiet_ground_turns_over_hardly_at_all() -> None:
    rng = np.random.default_rng(0)
    shares = [
        turnover_m2(view_of(rng.normal(0, SIGMA, SHAPE)), view_of(rng.normal(0, SIGMA, SHAPE)))
        / 4e4
        for _ in range(20)
    ]
    assert np.mean(shares) < 0.001


def test_the_part_seen_in_both_looks_stands_for_the_whole_zone() -> None:
    today, before = view_of(with_objects((7, 7))), view_of(np.zeros(SHAPE))
    half = before.clear.copy()
    half[:, 15:] = False
    seen = turnover_m2(today, dataclasses.replace(before, clear=half))
    assert seen == pytest.approx(2 * turnover_m2(today, before))
    other_half = today.clear & ~half
    assert np.isnan(
        turnover_m2(
            dataclasses.replace(today, clear=other_half), dataclasses.replace(before, clear=half)
        )
    )


def test_without_an_earlier_look_nothing_is_known() -> None:
    assert np.isnan(turnover_m2(view_of(np.zeros(SHAPE)), None))


def test_views_of_two_boxes_are_refused() -> None:
    small = view_of(np.zeros(SHAPE))
    cut = dataclasses.replace(small, residual=small.residual[:, 1:])
    with pytest.raises(ValueError, match="same box"):
        turnover_m2(small, cut)
