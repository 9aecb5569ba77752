"""The simulated sky: weather of the looks, clouds and their shadows, and how SCL errs."""

import datetime as dt
import itertools
from dataclasses import replace

import numpy as np
import pytest

from resources.simulated.render import tile_shape
from resources.simulated.scenery.passes import SimulatedPass, all_looks
from resources.simulated.scenery.simulation import RandomStream, Simulation
from resources.simulated.scenery.story import draw_story
from resources.simulated.sky.atmosphere import unseen_pixels
from resources.simulated.sky.scene_classes import ClassificationTruth, SceneClass, classify_pixels
from resources.simulated.sky.weather import (
    SkyState,
    all_skies,
    cloud_field,
    cloud_opacity,
    shadow_offset_px,
)

SHAPE = (20, 20)
YEARS = Simulation()
STORY = draw_story(YEARS)
LOOKS = all_looks(YEARS)
SKIES = all_skies(YEARS, LOOKS, STORY)
CLEAR = replace(
    next(sky for sky in SKIES if sky.kind == "clear"), unseen=0.0, snow=0.0, is_haze_classed=False
)


def flat(value: float) -> np.ndarray:
    return np.full(SHAPE, value, dtype=np.float32)


def scl_of(*, sky: SkyState = CLEAR, truth: dict | None = None, **bands: float) -> np.ndarray:
    seen = {"blue": 0.1, "green": 0.12, "red": 0.15, "nir": 0.2, "swir16": 0.25} | bands
    planes = {"cloud": 0.0, "shadow": 0.0, "haze": 0.0, "whim": 0.0} | (truth or {})
    patch = np.linspace(-2, 2, 400, dtype=np.float32).reshape(SHAPE)
    whole = ClassificationTruth(
        **{name: flat(value) for name, value in planes.items()}, patch=patch
    )
    return classify_pixels({band: flat(value) for band, value in seen.items()}, whole, sky, 0.0)


def test_about_four_looks_in_ten_are_clear_and_every_kind_of_sky_occurs() -> None:
    kinds = [sky.kind for sky in SKIES]
    assert 0.35 < kinds.count("clear") / len(kinds) < 0.55
    assert set(kinds) == {"clear", "scattered", "broken", "overcast", "haze"}


@pytest.mark.parametrize("seed", range(5))
def test_the_story_is_never_hidden_for_three_looks_in_a_row(seed: int) -> None:
    simulation = Simulation(seed=seed)
    story = draw_story(simulation)
    skies = all_skies(simulation, LOOKS, story)
    told = [
        sky.kind
        for look, sky in zip(LOOKS, skies, strict=True)
        if look.day >= story.phases["gather"]
    ]
    longest = max(
        (
            len(list(run))
            for is_clear, run in itertools.groupby(told, "clear".__eq__)
            if not is_clear
        ),
        default=0,
    )
    assert longest <= 2


def test_each_winter_has_snow_that_scl_sees_once_and_misses_once() -> None:
    snowy = [(look.day, sky) for look, sky in zip(LOOKS, SKIES, strict=True) if sky.snow > 0]
    assert {day.month for day, _ in snowy} == {1, 12}
    assert {sky.is_snow_classed for _, sky in snowy} == {True, False}
    assert 4 <= len(snowy) <= 8


def test_shifts_are_a_sixth_of_a_pixel_with_a_few_bad_ones() -> None:
    nominal = np.array([sky.shift_px for sky in SKIES if sky.registration == "nominal"])
    assert 0.1 < nominal.std() < 0.25
    assert 0 < sum(sky.registration == "coarse" for sky in SKIES) < 0.1 * len(SKIES)


def test_the_same_seed_gives_the_same_weather_and_another_seed_another() -> None:
    assert all_skies(Simulation(), LOOKS, STORY) == SKIES
    assert all_skies(Simulation(seed=8), LOOKS, STORY) != SKIES


@pytest.mark.parametrize("cover", [0.1, 0.5, 0.9])
def test_clouds_cover_the_asked_share_of_their_field(cover: float) -> None:
    field = cloud_field(YEARS.chance(RandomStream.LOOK), "broken")
    clouds = cloud_opacity(field, cover)
    assert (clouds > 0).mean() == pytest.approx(cover, abs=0.01)
    assert 0 <= clouds.min() <= clouds.max() <= 1
    assert cloud_opacity(field, 1.0).min() > 0.5
    assert not cloud_opacity(field, 0.0).any()


@pytest.mark.parametrize(
    ("azimuth", "down", "right"), [(180.0, 50, 0), (90.0, 0, 50), (135.0, 35, 35)]
)
def test_the_cloud_that_shades_stands_towards_the_sun(
    azimuth: float, down: int, right: int
) -> None:
    noon = dt.datetime(2023, 3, 1, 12, tzinfo=dt.UTC)
    assert shadow_offset_px(SimulatedPass(0, "A", 21, noon, 45.0, azimuth), 1000.0) == (down, right)


@pytest.mark.parametrize("is_east", [True, False])
@pytest.mark.parametrize("unseen", [0.0, 0.2, 0.7])
def test_the_swath_leaves_out_the_stated_share_on_one_side(*, is_east: bool, unseen: float) -> None:
    outside = unseen_pixels(replace(CLEAR, unseen=unseen, is_east_unseen=is_east), tile_shape(20))
    assert outside.mean() == pytest.approx(unseen, abs=0.01)
    if unseen:
        assert outside[:, -1 if is_east else 0].any()
        assert not outside[:, 0 if is_east else -1].any()


@pytest.mark.parametrize(
    ("bands", "expected"),
    [
        ({"nir": 0.45, "red": 0.05}, SceneClass.VEGETATION),
        ({}, SceneClass.NOT_VEGETATED),
        ({"nir": 0.07}, SceneClass.DARK),
        ({"nir": 0.02, "red": 0.03}, SceneClass.WATER),
        ({"blue": 0.24, "green": 0.27, "red": 0.30, "nir": 0.34}, SceneClass.CLOUD_MEDIUM),
        ({"blue": 0.42, "green": 0.45, "red": 0.47, "nir": 0.48}, SceneClass.CLOUD_HIGH),
    ],
)
def test_ground_has_its_class_and_bright_ground_is_called_cloud(
    bands: dict, expected: SceneClass
) -> None:
    assert (scl_of(**bands) == expected).all()


def test_clouds_are_found_but_thin_edges_are_partly_missed() -> None:
    assert (scl_of(truth={"cloud": 0.9}) == SceneClass.CLOUD_HIGH).all()
    edge = scl_of(truth={"cloud": 0.15})
    assert 0.2 < (edge == SceneClass.CIRRUS).mean() < 0.7
    assert set(np.unique(edge)) == {SceneClass.CIRRUS, SceneClass.NOT_VEGETATED}


def test_shadows_are_partly_missed_and_then_dark_or_water() -> None:
    shaded = scl_of(truth={"shadow": 0.9}, nir=0.05)
    assert (shaded == SceneClass.CLOUD_SHADOW).mean() == pytest.approx(0.7, abs=0.01)
    assert set(np.unique(shaded)) == {SceneClass.CLOUD_SHADOW, SceneClass.WATER}


def test_haze_is_cirrus_only_on_looks_where_scl_sees_it() -> None:
    seen = replace(CLEAR, is_haze_classed=True)
    assert (scl_of(sky=seen, truth={"haze": 0.08}) == SceneClass.CIRRUS).all()
    assert (scl_of(truth={"haze": 0.08}) == SceneClass.NOT_VEGETATED).all()


def test_snow_is_snow_or_something_else_where_it_is_missed() -> None:
    white = {"blue": 0.7, "green": 0.6, "red": 0.6, "nir": 0.6, "swir16": 0.1}
    found = replace(CLEAR, snow=0.9, is_snow_classed=True)
    assert (scl_of(sky=found, **white) == SceneClass.SNOW).all()
    missed = replace(found, is_snow_classed=False)
    assert (scl_of(sky=missed, **white) == SceneClass.WATER).all()
