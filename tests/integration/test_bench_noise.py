"""The yardstick of noise: statistics against known chance, its ground, one real stretch."""

import json
import math

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from assets.activity.indices import INDICES
from assets.activity.models import Steps
from bench.noise.__main__ import main
from bench.noise.earned import earned
from bench.noise.figures import by_season, by_size, honesty, interval, successive
from bench.noise.leaning import HEIGHT_ERROR_M, displaced, height_errors
from bench.noise.measured import Values, choose_zones, measure
from bench.noise.quiet import cut_blocks, reference_zones, survey
from bench.noise.report import figures, markdown
from bench.noise.runs import Outcome
from bench.noise.watched import Place
from bench.noise.ways import Way
from resources.lake_reads import scenes_between
from resources.models import Bounds, Grid, Month

LOOKS, ZONES = 400, 20
SIDE = 60


def chance(*, common: float = 0.0, scale: float = 1.0, lag: float = 0.0) -> Values:
    """Values of known making: z in part common to a look, too large by `scale`, with memory."""
    random = np.random.default_rng(3)
    own = random.standard_normal((LOOKS, ZONES))
    shared = random.standard_normal((LOOKS, 1))
    z = np.sqrt(1 - common) * own + np.sqrt(common) * shared
    for look in range(1, LOOKS):
        z[look] = lag * z[look - 1] + math.sqrt(1 - lag**2) * z[look]
    z = scale * z.ravel()
    look, zone = (part.ravel() for part in np.mgrid[:LOOKS, :ZONES])
    return Values(
        index=np.full(z.size, "ndvi"),
        zone=np.array([f"zone-{number}" for number in zone]),
        group=np.where(zone < 10, "piece", "stable"),
        look=np.array([f"look-{number}" for number in look]),
        area_m2=np.where(zone % 2 == 0, 2_500.0, 10_000.0),
        day=5.0 * look,
        month=look % 12 + 1,
        orbit=np.full(z.size, 7),
        moved=0.01 * z,
        error=np.full(z.size, 0.01),
        total=np.full(z.size, 0.01),
        z=z,
    )


def test_errors_that_are_right_are_called_honest() -> None:
    found = honesty(chance())
    assert found.verdict == "yes"
    assert found.far == pytest.approx(0.0027, abs=0.0015)
    for one in (found.z_rms, found.z_spread, found.pair_rms, found.pair_spread):
        assert one == pytest.approx(1.0, abs=0.04)
    assert found.promised == pytest.approx(0.01)
    assert abs(found.memory) < 0.05
    assert found.shared < 0.05


@pytest.mark.parametrize(("scale", "verdict"), [(1.6, "too many"), (0.5, "too few")])
def test_errors_that_are_wrong_show_in_share_spread_and_repeats(scale, verdict) -> None:
    found = honesty(chance(scale=scale))
    assert found.verdict == verdict
    assert found.z_rms == pytest.approx(scale, rel=0.05)
    assert found.pair_rms == pytest.approx(scale, rel=0.05)


def test_zones_that_share_the_air_of_a_look_make_the_interval_wide() -> None:
    apart, together = honesty(chance()), honesty(chance(common=0.9))
    assert together.shared == pytest.approx(0.9, abs=0.05)
    width = together.far_high - together.far_low
    assert width > 2 * (apart.far_high - apart.far_low)
    assert together.far_low <= together.far <= together.far_high


def test_a_slow_misfit_shows_as_memory_and_hides_from_repeats() -> None:
    found = honesty(chance(lag=0.8))
    assert found.memory == pytest.approx(0.8, abs=0.05)
    assert found.pair_rms < 0.7
    assert found.z_rms == pytest.approx(1.0, abs=0.1)


def test_without_a_single_case_the_interval_still_reaches_up_by_the_number_of_looks() -> None:
    assert interval(np.zeros(50), np.array(["a", "b"] * 25)) == (0.0, 1.0)
    low, high = interval(np.zeros(600), np.repeat(np.arange(300), 2).astype(str))
    assert (low, high) == (0.0, pytest.approx(0.01))
    assert interval(np.zeros(600), np.repeat(np.arange(300), 2).astype(str), 0.0)[1] < high


def test_looks_of_different_orbits_zones_or_indices_never_follow_each_other() -> None:
    values = chance()
    before, after = successive(values)
    assert len(before) == (LOOKS - 1) * ZONES
    assert (values.zone[before] == values.zone[after]).all()
    assert (values.day[after] - values.day[before] == 5.0).all()


def test_cuts_take_each_value_once() -> None:
    values = chance()
    for cut in (by_size, by_season):
        assert sum(len(part) for _, part in cut(values)) == len(values)
    assert [name for name, _ in by_size(values)] == ["50 m", "100 m"]


def test_a_step_that_halves_the_spread_is_said_to_halve_it_on_the_looks_in_common() -> None:
    on, off = chance(), chance(scale=2.0)
    some = off.where(np.arange(len(off)) % 3 > 0)
    (one,) = earned(on, {"normalisation": some})
    assert one.values == len(some)
    assert one.rms_on / one.rms_off == pytest.approx(0.5)
    assert one.spread_on / one.spread_off == pytest.approx(0.5)


def test_orbits_are_also_judged_where_normalisation_took_nothing_off() -> None:
    unlevelled, neither = chance(scale=2.0), chance(scale=4.0)
    found = {
        one.step: one
        for one in earned(chance(), {"normalisation": unlevelled, "orbit, unlevelled": neither})
    }
    assert found["normalisation"].rms_on / found["normalisation"].rms_off == pytest.approx(0.5)
    orbit = found["orbit, unlevelled"]
    assert orbit.rms_on == pytest.approx(found["normalisation"].rms_off)
    assert orbit.rms_on / orbit.rms_off == pytest.approx(0.5)


def test_orbits_are_judged_on_ground_with_relief_against_the_same_with_all_steps() -> None:
    leaning, alike = chance(scale=2.0), chance(scale=8.0)
    found = {
        (one.step, one.ground): one
        for one in earned(chance(), {"relief": leaning, "orbit, relief": alike})
    }
    assert {step for step, _ in found} == {"orbit, relief"}, "relief is no step"
    one = found["orbit, relief", "all"]
    assert one.rms_on / one.rms_off == pytest.approx(0.25)


def test_relief_moves_pixels_as_far_as_it_is_off() -> None:
    picture = np.arange(40.0, dtype=np.float32)[None, None, :] * np.ones((1, 8, 1), np.float32)
    moved = displaced(picture, np.full((8, 40), 0.25))
    assert moved[0, :, 1:-1] == pytest.approx(picture[0, :, 1:-1] - 0.25)
    holed = picture.copy()
    holed[0, 3, 20] = np.nan
    assert np.isnan(displaced(holed, np.full((8, 40), 0.25))[0, 3, 20:22]).all()


def test_errors_of_height_are_as_large_and_as_wide_as_said() -> None:
    grid = Grid(3035, Bounds(0, 0, 3000, 3000), 10.0)
    heights = height_errors(grid)
    assert heights.std() == pytest.approx(HEIGHT_ERROR_M)
    near = np.corrcoef(heights[:, :-3].ravel(), heights[:, 3:].ravel())[0, 1]
    far = np.corrcoef(heights[:, :-60].ravel(), heights[:, 60:].ravel())[0, 1]
    assert near > 0.9
    assert abs(far) < 0.4


def seasons(*, cut_in: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Six looks a year of three years; a patch is cut on the looks asked for, a road stays."""
    random = np.random.default_rng(5)
    years = np.repeat([2018, 2019, 2020], 6)
    days = 365.25 * (years - 2018) + np.tile(np.arange(100.0, 160.0, 10.0), 3)
    pixels = np.empty((len(years), 3, SIDE, SIDE), np.float32)
    for number in range(len(years)):
        leaf = 0.5 + 0.3 * math.sin(number)  # season and weather, alike for all ground
        pixels[number] = np.array([0.05, 0.05 + 0.4 * leaf, 0.05])[:, None, None]
        pixels[number, 2, :, 30:33] = 0.2
        if number in cut_in:
            pixels[number, 0, 5:15, 5:15] = 0.2
    pixels += 0.002 * random.standard_normal(pixels.shape).astype(np.float32)
    return pixels, np.ones((len(years), SIDE, SIDE), bool), days, years


SECOND_YEAR_ON = tuple(range(6, 18))


def test_ground_that_was_cut_is_not_stable_and_season_alone_changes_nothing() -> None:
    ground = survey(*seasons(cut_in=SECOND_YEAR_ON))
    assert ground.years == (2018, 2019, 2020)
    assert not ground.stable[5:15, 5:15].any()
    assert ground.stable[20:].all()


def test_ground_that_grew_over_within_the_year_is_not_stable_either() -> None:
    assert survey(*seasons(cut_in=(6, 7))).stable[5:15, 5:15].mean() > 0.9  # two looks may be bad
    ground = survey(*seasons(cut_in=(9, 10, 11)))
    assert not ground.stable[5:15, 5:15].any()
    assert ground.stable[20:].all()


def test_one_bad_day_takes_no_ground_out_and_one_year_alone_tells_nothing() -> None:
    pixels, clear, days, years = seasons(cut_in=())
    pixels[3, :, 40:50, 40:50] = 0.6
    assert survey(pixels, clear, days, years).stable.all()
    assert not survey(pixels[:6], clear[:6], days[:6], years[:6]).stable.any()


def test_blocks_keep_away_from_judged_zones_and_from_ground_that_changed() -> None:
    reference, apron = (np.zeros((SIDE, SIDE), np.float32) for _ in range(2))
    reference[40:60, 0:20] = 1.0
    apron[40:60, 45:60] = 1.0
    weights = {"wood": reference, "apron": apron}
    quiet = reference_zones({"wood": "reference", "apron": "apron"}, weights, None)
    assert [zone.zone_id for zone in quiet] == ["wood"]
    blocks = cut_blocks(survey(*seasons(cut_in=SECOND_YEAR_ON)), quiet, apron > 0, most=50)
    assert {zone.group for zone in blocks} == {"piece", "stable", "edge"}
    assert {zone.area_m2 for zone in blocks} == {2_500.0, 10_000.0, 40_000.0}
    for zone in blocks:
        whole = zone.weights > 0
        assert not whole[5:15, 5:15].any()
        assert not whole[37:, 42:].any()
        assert (reference[whole] > 0).all() == (zone.group == "piece")
        assert whole[:, 30:33].any() == (zone.group == "edge")


def test_zones_without_events_by_the_truth_count_as_quiet_ground() -> None:
    weights = {name: np.ones((4, 4), np.float32) for name in ("runway", "apron")}
    kinds = {"runway": "runway", "apron": "apron"}
    assert reference_zones(kinds, weights, None) == []
    found = reference_zones(kinds, weights, frozenset({"apron"}))
    assert [(zone.zone_id, zone.group) for zone in found] == [("runway", "empty")]


@pytest.fixture(scope="module")
def forest(whole) -> Outcome:
    """A month of the real scenes, measured at the reference zone and few blocks."""
    post, _ = whole
    (stored,) = post.lake.sites()
    looks = scenes_between(post.lake, stored.site.site_id, Month(2015, 7).start, Month(2021, 1).end)
    place = Place("romania", stored, post.resources["archive"].open(), looks, None)
    zones, ground = choose_zones(place, most=1)
    values = measure(place, zones, [Month(2018, 9)], Way(Steps()))
    return Outcome(place, ground, zones, values, [])


@pytest.mark.shared
@pytest.mark.xdist_group("romania")
def test_real_quiet_ground_is_measured_by_every_index_it_has_bands_for(forest) -> None:
    values = forest.values
    assert {zone.group for zone in forest.zones} >= {"reference", "piece", "stable"}
    assert {"forest-south"} <= set(values.zone) <= {zone.zone_id for zone in forest.zones}
    assert set(values.index) >= {"brightness", "ndvi", "bare_soil", "texture", "occupancy"}
    assert set(values.index) <= set(INDICES)
    assert np.isfinite(values.z).all()
    assert np.allclose(values.z * values.total, values.moved)
    assert (values.error <= values.total).all()


@pytest.mark.shared
@pytest.mark.xdist_group("romania")
def test_the_table_and_the_figures_say_the_same(forest) -> None:
    text, numbers = markdown([forest]), figures([forest])
    (place,) = json.loads(json.dumps(numbers, allow_nan=False))["places"]
    assert place["indices"]["ndvi"]["all"]["values"] == (forest.values.index == "ndvi").sum()
    for zone in forest.zones:
        assert f"`{zone.zone_id}`" in text
    for index in set(forest.values.index):
        assert f"| `{index}`, " in text


def test_a_folder_that_is_laid_out_otherwise_is_refused_with_what_is_expected(tmp_path) -> None:
    app = typer.Typer()
    app.command()(main)
    done = CliRunner().invoke(app, ["--real-only", "--data", str(tmp_path)])
    assert done.exit_code == 2
    assert "archive/catalog.json" in done.stderr
