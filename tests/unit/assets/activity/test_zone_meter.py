"""What a look shows of a zone: its value, what comparing takes off, and what is left in errors."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from assets.activity.indices.indices import BANDS_NEEDED, FIELD_INDICES, INDICES, IndexName
from assets.activity.indices.zone_pixels import ClearLook
from assets.activity.looks.zone_looks import SiteLook, ZoneLook, field_images
from assets.activity.measure.measurement import IndexMeasurement
from assets.activity.measure.zone_meter import context_of, measure_zone
from assets.activity.residuals import RESIDUAL_SCALE, UNSEEN, residual_image
from assets.activity.usual.block_past import BlockPast
from resources.models import REFLECTANCE_BANDS

SiteMaker = Callable[..., Any]
NO_SWIR = ("nir08", "swir16", "swir22")
SPECTRAL = FIELD_INDICES[:4]


def changed(look: ClearLook, place: tuple[slice, slice], by: float) -> ClearLook:
    """The look with something brighter or darker standing at a place."""
    reflectance = look.reflectance.copy()
    reflectance[:, *place] += by
    return dataclasses.replace(look, reflectance=reflectance)


def pixels_say(site: Any, look: ClearLook) -> dict[IndexName, float]:
    """Area-weighted means over the clear pixels of a zone, straight from the look."""
    fields = field_images(look.reflectance, look.clear).reshape(len(FIELD_INDICES), -1)
    inside = fields[:, site.zone.index].astype(np.float64)
    clear = look.clear.ravel()[site.zone.index]
    return {
        name: float(np.nanmean(np.where(clear, one, np.nan)))
        for name, one in zip(FIELD_INDICES, inside, strict=True)
    }


def adds_up(found: dict[IndexName, IndexMeasurement]) -> None:
    """What issue 16 asks of each row that has an expectation."""
    judged = [one for one in found.values() if one.z is not None]
    assert judged
    for one in judged:
        parts = one.level_effect + one.season_effect + one.departure
        assert one.value - one.expected == pytest.approx(parts, abs=1e-12)
        error = np.hypot(one.standard_error, one.expected_error)
        assert one.z == pytest.approx(one.departure / error, rel=1e-9)


@pytest.mark.parametrize("hidden", [0, 3, 7])
@pytest.mark.parametrize("history", [0, 24])
def test_a_value_is_what_the_pixels_say_in_every_state(
    made_site: SiteMaker, hidden: int, history: int
) -> None:
    site = made_site(light=0.06)
    look = changed(site.look(), site.zone_slice, 0.05)
    look.clear[40 : 40 + hidden] = False
    look.reflectance[:, 40 : 40 + hidden] = 0.7
    found = site.learn(site.past(history)).measure(look, "partial" if hidden else "valid")
    for name, value in pixels_say(site, look).items():
        assert found[name].state == (
            "learning" if not history else "partial" if hidden else "valid"
        )
        assert found[name].value == pytest.approx(value, abs=1e-6), name
    if history:
        adds_up(found)


@pytest.mark.parametrize("by", [0.15, -0.12])
def test_an_object_raises_the_changed_area_by_its_area_whether_bright_or_dark(
    made_site: SiteMaker, by: float
) -> None:
    site = made_site()
    known = site.learn(site.past())
    empty = site.look()
    parked = changed(empty, np.s_[44:49, 43:50], by)  # 50 by 70 m: 3500 m2
    before, after = known.measure(empty), known.measure(parked)
    assert after["changed_area"].value - before["changed_area"].value == pytest.approx(
        3500, abs=200
    )
    assert after["changed_area"].z > 3 > abs(before["changed_area"].z)
    assert after["brightness"].z * by > 0
    adds_up(after)


def test_noise_alone_has_z_of_spread_about_one(made_site: SiteMaker) -> None:
    found: dict[IndexName, list[float]] = {name: [] for name in INDICES}
    for seed in range(4):
        site = made_site(seed=seed)
        known = site.learn(site.past())
        before = site.look(day=745.0)
        for _ in range(20):
            for name, one in known.measure(site.look(), before=before).items():
                found[name].append(one.z)
    spreads = {name: float(np.std(values)) for name, values in found.items()}
    for name in FIELD_INDICES:
        assert 0.6 < spreads[name] < 1.35, spreads
    assert all(spread < 1.6 for spread in spreads.values()), spreads


def test_errors_tell_how_far_quiet_looks_depart(made_site: SiteMaker) -> None:
    site = made_site(seed=3)
    known = site.learn(site.past(40))
    looks = [known.measure(site.look())["brightness"] for _ in range(40)]
    scatter = np.std([one.departure for one in looks])
    total = np.median([np.hypot(one.standard_error, one.expected_error) for one in looks])
    assert 0.5 < scatter / total < 1.5


@pytest.mark.parametrize(("gain", "offset"), [(1.06, 0.0), (0.93, 0.01), (1.0, 0.015)])
def test_gain_and_offset_of_a_whole_look_are_level_and_no_change(
    made_site: SiteMaker, gain: float, offset: float
) -> None:
    site = made_site(seed=5, light=0.04)
    known = site.learn(site.past())
    plain = site.look()
    stepped = dataclasses.replace(
        plain, reflectance=plain.reflectance * np.float32(gain) + np.float32(offset)
    )
    first, second = known.measure(plain), known.measure(stepped)
    for name in ("brightness", "ndvi", "bare_soil", "built_up"):
        one, other = first[name], second[name]
        assert abs(other.z - one.z) < 1.0, name
        assert other.value == pytest.approx(pixels_say(site, stepped)[name], abs=1e-6)
    moved = second["brightness"].value - first["brightness"].value
    told = [one["brightness"].level_effect for one in (first, second)]
    assert told[1] - told[0] == pytest.approx(moved, rel=0.3)


@pytest.mark.parametrize("by", [0.03, -0.03])
def test_a_step_that_like_ground_shares_is_season_and_no_departure(
    made_site: SiteMaker, by: float
) -> None:
    site = made_site(seed=6)
    known = site.learn(site.past())
    plain, shared, alone = site.look(), site.look(), site.look()
    shared = dataclasses.replace(plain, reflectance=plain.reflectance.copy())
    shared.reflectance[:, site.material == 3] += np.float32(by)
    alone = changed(plain, site.zone_slice, by)
    zs = [known.measure(look)["brightness"] for look in (plain, shared, alone)]
    assert abs(zs[1].z - zs[0].z) < 1.0
    assert zs[1].value - zs[0].value == pytest.approx(by, abs=1e-6)
    assert zs[1].season_effect + zs[1].level_effect == pytest.approx(
        by + zs[0].season_effect + zs[0].level_effect, abs=0.006
    )
    assert zs[2].z * np.sign(by) > 3
    assert zs[2].departure - zs[0].departure == pytest.approx(by, abs=1e-4)


def test_what_the_zone_shows_and_what_lies_beyond_reach_change_no_context(
    made_site: SiteMaker,
) -> None:
    site = made_site(seed=7)
    known = site.learn(site.past())
    plain = site.look()
    other = changed(plain, site.zone_slice, 0.2)
    blocks: BlockPast = known.blocks
    one, two = (context_of(SiteLook.of(look), known.zone, blocks) for look in (plain, other))
    np.testing.assert_array_equal(one.effect[:-1], two.effect[:-1])
    assert one.effect[-1] == pytest.approx(two.effect[-1], abs=1e-4), "texture looks a pixel over"
    np.testing.assert_array_equal(one.levels.gain, two.levels.gain)
    corner = changed(plain, np.s_[0:6, 0:6], 0.2)  # 540 m from the zone
    three = context_of(SiteLook.of(corner), known.zone, blocks)
    np.testing.assert_array_equal(one.effect, three.effect)
    np.testing.assert_array_equal(one.levels.offset, three.levels.offset)


def test_where_like_ground_is_hidden_the_error_grows_and_the_look_is_not_lost(
    made_site: SiteMaker,
) -> None:
    site = made_site(seed=8)
    known = site.learn(site.past())
    whole = site.look()
    alone = dataclasses.replace(whole, clear=np.zeros_like(whole.clear))
    alone.clear[site.zone_slice] = True
    seen, told = known.measure(whole), known.measure(alone)
    for name in SPECTRAL:
        assert told[name].state == "valid"
        assert told[name].value == pytest.approx(seen[name].value, abs=1e-6)
        errors = [
            np.hypot(one[name].standard_error, one[name].expected_error) for one in (seen, told)
        ]
        assert errors[1] > errors[0]
    adds_up(told)


def test_what_was_told_of_a_look_s_light_is_a_row_a_band(
    made_site: SiteMaker,
) -> None:
    site = made_site(seed=5)
    known = site.learn(site.past())
    look = site.look()
    stepped = dataclasses.replace(look, reflectance=look.reflectance * np.float32(1.05))
    box = known.box
    for one in (look, stepped):
        context = context_of(SiteLook.of(one), known.zone, known.blocks)
        part = dataclasses.replace(
            one,
            reflectance=one.reflectance[:, box.rows, box.columns],
            clear=one.clear[box.rows, box.columns],
        )
        levels = measure_zone(
            ZoneLook.of(part, box, known.zone.looks[0].where),
            box=box,
            state="valid",
            known=known.zone,
            context=context,
        ).levels
        assert [level.band for level in levels] == list(REFLECTANCE_BANDS)
        for place, level in enumerate(levels):
            assert level.gain == context.levels.gain[place]
            assert level.blocks > 150
            assert 0 < level.residual < 0.03


def test_the_order_of_past_looks_does_not_matter_to_what_needs_no_look_before(
    made_site: SiteMaker,
) -> None:
    site = made_site(seed=6)
    past = site.past(16)
    look = changed(site.look(), np.s_[44:46, 43:50], 0.1)
    forwards, backwards = (site.learn(order).measure(look) for order in (past, past[::-1]))
    for name in FIELD_INDICES:
        assert backwards[name].z == pytest.approx(forwards[name].z, rel=1e-4)  # of 32 bits


@pytest.mark.parametrize("state", ["cloudy", "snow", "no_data"])
def test_a_look_that_showed_nothing_is_a_row_without_a_value(
    made_site: SiteMaker, state: str
) -> None:
    site = made_site()
    look = site.look()
    look.clear[:] = False
    for known in (site.learn(site.past(16)), site.learn([])):
        for one in known.measure(look, state).values():
            assert (one.state, one.value, one.z, one.clear_fraction) == (state, None, None, 0)


def test_without_a_past_values_are_there_but_nothing_is_judged(made_site: SiteMaker) -> None:
    site = made_site()
    found = site.learn([]).measure(site.look())
    assert {one.state for one in found.values()} == {"learning"}
    assert found["brightness"].value == pytest.approx(0.207, abs=0.02)
    assert found["changed_area"].value is None
    assert found["objects_large"].value == pytest.approx(0.0, abs=0.3)
    assert all(one.z is None and one.expected is None for one in found.values())


def test_a_site_without_ground_beside_its_zone_is_measured_by_its_own_past(
    made_site: SiteMaker,
) -> None:
    site = made_site(zone_slice=np.s_[0:96, 0:96], light=0.0)
    known = site.learn(site.past(16))
    found = known.measure(site.look())
    for name in SPECTRAL:
        assert found[name].state == "valid"
        assert (found[name].level_effect, found[name].season_effect) == (0, 0)
        assert abs(found[name].z) < 4
    adds_up(found)


@pytest.mark.parametrize("past_has", [True, False])
@pytest.mark.parametrize("look_has", [True, False])
def test_indices_whose_bands_a_look_or_its_past_lack_are_not_judged(
    made_site: SiteMaker, drop_bands: Callable[..., ClearLook], *, past_has: bool, look_has: bool
) -> None:
    site = made_site(seed=9)
    past = site.past(20)
    known = site.learn(past if past_has else [drop_bands(one, *NO_SWIR) for one in past])
    look = site.look()
    before = site.look(day=745.0)
    found = known.measure(look if look_has else drop_bands(look, *NO_SWIR), before=before)
    for name, one in found.items():
        if not set(NO_SWIR).intersection(BANDS_NEEDED[name]):
            assert one.state == "valid", name
        elif not look_has:
            assert (one.state, one.value, one.flags) == ("no_data", None, ("band_missing",))
        elif not past_has:
            assert one.state in ("learning", "no_data")
            assert one.z is None
    adds_up(found)


def test_a_band_that_no_index_needs_may_be_missing(
    made_site: SiteMaker, drop_bands: Callable[..., ClearLook]
) -> None:
    """Some sources have no B12."""
    site = made_site(seed=10)
    lacking = site.learn([drop_bands(one, "swir22") for one in site.past()])
    look = site.look()
    found = lacking.measure(drop_bands(look, "swir22"))
    whole = lacking.measure(look)
    for name in SPECTRAL:
        assert found[name].state == whole[name].state == "valid"
        assert found[name].value == pytest.approx(whole[name].value, abs=1e-9)
        assert found[name].z == pytest.approx(whole[name].z, abs=0.3)


def test_a_zone_half_in_cloud_is_judged_by_the_half_that_is_seen(made_site: SiteMaker) -> None:
    site = made_site()
    known = site.learn(site.past())
    look = site.look()
    whole = known.measure(look)["brightness"]
    look.clear[40:46] = False
    look.reflectance[:, 40:46] += 0.6
    found = known.measure(look, "partial")
    assert found["brightness"].clear_fraction == pytest.approx(8 / 14)
    assert found["brightness"].clear_px == 8 * 14
    assert abs(found["brightness"].z) < 3.5
    assert abs(found["changed_area"].z) < 3.5
    assert found["brightness"].standard_error > 1.5 * whole.standard_error


@pytest.mark.parametrize(("rows", "state"), [(3, "partial"), (13, "cloudy")])
def test_a_zone_that_its_shift_moved_behind_the_mask_is_partial_or_cloudy(
    made_site: SiteMaker, rows: int, state: str
) -> None:
    site = made_site()
    look = site.look()
    look.clear[40 : 40 + rows] = False
    found = site.learn(site.past(16)).measure(look)
    assert {one.state for one in found.values() if one.flags != ("no_look_before",)} == {state}
    assert (found["ndvi"].value is None) == (state == "cloudy")


def test_what_moves_a_zone_as_a_whole_is_no_object(made_site: SiteMaker) -> None:
    site = made_site()
    known = site.learn(site.past())
    look = site.look()
    damp = float(np.nanmedian(known.zone.pixels.sigma[:4, known.box.inside]))
    found = known.measure(changed(look, site.zone_slice, -2.5 * damp))
    assert found["brightness"].departure == pytest.approx(
        known.measure(look)["brightness"].departure - 2.5 * damp, abs=1e-4
    )
    assert abs(found["changed_area"].z) < 2
    filled = known.measure(changed(look, site.zone_slice, 0.15))
    assert filled["changed_area"].value == pytest.approx(site.zone.area_m2.sum(), rel=0.05)


def test_turnover_is_what_changed_since_the_look_before(made_site: SiteMaker) -> None:
    site = made_site()
    known = site.learn(site.past())
    now, before = site.look(), site.look(day=745.0)
    first = known.measure(now)["turnover"]
    assert (first.state, first.flags) == ("no_data", ("no_look_before",))
    still = known.measure(now, before=before)["turnover"]
    moved = known.measure(
        changed(now, np.s_[42:46, 42:47], 0.15),
        before=changed(before, np.s_[48:52, 46:51], 0.15),
    )["turnover"]
    assert still.value < 400
    assert moved.value == pytest.approx(4000, abs=800)
    assert moved.z > 3


def test_the_residual_picture_shows_what_is_new_and_where_nothing_is_known(
    made_site: SiteMaker,
) -> None:
    site = made_site(seed=11, wet=0.01, light=0.0)
    known = site.learn(site.past())
    look = changed(site.look(), np.s_[60:66, 20:28], 0.1)
    look.clear[:6] = False
    image = residual_image(SiteLook.of(look), known.blocks, look.clear.shape)
    assert image is not None
    assert (image[:6] == UNSEEN).all()
    new = np.zeros_like(look.clear)
    new[60:66, 20:28] = True
    assert np.median(image[new]) * RESIDUAL_SCALE == pytest.approx(0.1, abs=0.01)
    rest = image[~new & look.clear] * RESIDUAL_SCALE
    assert abs(np.median(rest)) < 0.003
    assert np.std(rest) < 0.01


def test_a_step_of_the_whole_look_is_not_in_the_residual_picture(made_site: SiteMaker) -> None:
    site = made_site(seed=12, wet=0.01, light=0.0)
    blocks = site.learn(site.past()).blocks
    look = site.look()
    brighter = dataclasses.replace(look, reflectance=look.reflectance + np.float32(0.03))
    one, other = (
        residual_image(SiteLook.of(each), blocks, look.clear.shape) for each in (look, brighter)
    )
    assert np.abs(one - other).max() * RESIDUAL_SCALE < 0.003


def test_there_is_no_residual_picture_of_what_shows_nothing(made_site: SiteMaker) -> None:
    site = made_site()
    blocks = site.learn(site.past()).blocks
    look = site.look()
    look.clear[:] = False
    assert residual_image(SiteLook.of(look), blocks, look.clear.shape) is None
