"""What a look shows beyond its expectation, with honest errors."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from assets.activity.baseline import Baseline, learn_baseline
from assets.activity.indices import INDICES, IndexName
from assets.activity.measure import measure_zone
from assets.activity.measurement import Measurement
from assets.activity.models import ClearLook, ZonePixels
from assets.activity.prepared import prepare
from assets.activity.registration import Registration, align, find_shift
from assets.activity.residuals import learn_brightness, residual_image
from assets.scenes.resample import without_shift
from resources.models import REFLECTANCE_BANDS

SiteMaker = Callable[..., Any]
NO_SWIR = ("nir08", "swir16", "swir22")


def measured(
    look: ClearLook,
    zone: ZonePixels,
    baseline: Baseline | None,
    state: str = "valid",
    before: ClearLook | None = None,
) -> dict[IndexName, Measurement]:
    found = measure_zone(
        look, zone=zone, state=state, baseline=baseline, before=before
    ).measurements
    assert [one.index_name for one in found] == list(INDICES)
    return {one.index_name: one for one in found}


def changed(look: ClearLook, place: tuple[slice, slice], by: float) -> ClearLook:
    """The look with something brighter or darker standing at a place."""
    reflectance = look.reflectance.copy()
    reflectance[:, *place] += by
    return dataclasses.replace(look, reflectance=reflectance)


@pytest.mark.parametrize("by", [0.15, -0.12])
def test_an_object_raises_occupancy_by_its_area_whether_bright_or_dark(
    made_site: SiteMaker, by: float
) -> None:
    site = made_site()
    baseline = learn_baseline(site.past(), [site.zone])
    empty = site.look()
    parked = changed(empty, np.s_[18:23, 17:24], by)  # 50 by 70 m: 3500 m2
    before = measured(empty, site.zone, baseline)["occupancy"]
    after = measured(parked, site.zone, baseline)["occupancy"]
    assert after.value - before.value == pytest.approx(3500, abs=200)
    assert after.z > 3 > abs(before.z)
    assert measured(parked, site.zone, baseline)["brightness"].z * by > 0


def test_noise_alone_has_z_of_spread_about_one(made_site: SiteMaker) -> None:
    found: dict[IndexName, list[float]] = {name: [] for name in INDICES}
    for seed in range(3):
        site = made_site(seed=seed)
        baseline = learn_baseline(site.past(), [site.zone])
        for _ in range(25):
            before = site.look(day=395.0)
            for name, one in measured(site.look(), site.zone, baseline, before=before).items():
                if one.z is not None or name != "turnover":  # the look before may be too hazy
                    found[name].append(one.z)
    spreads = {name: np.std(values) for name, values in found.items()}
    counted = {"turnover", "objects_small", "objects_medium", "objects_large", "movers"}
    floored = {"texture", "occupancy", *counted}  # near 0 on still ground: their least errors hold
    assert all(spread < 1.5 for spread in spreads.values()), spreads
    assert all(spreads[name] > 0.5 for name in set(INDICES) - floored), spreads
    assert max(np.abs(values).max() for values in found.values()) < 5


def test_errors_are_those_of_repeated_looks(made_site: SiteMaker) -> None:
    site = made_site(seed=3)
    baseline = learn_baseline(site.past(), [site.zone])
    looks = [measured(site.look(), site.zone, baseline)["brightness"] for _ in range(40)]
    scatter = np.std([one.value - one.expected for one in looks])
    total = np.median([np.hypot(one.standard_error, one.expected_error) for one in looks])
    assert 0.5 < scatter / total < 1.5
    for one in looks:
        error = np.hypot(one.standard_error, one.expected_error)
        assert one.z == pytest.approx((one.value - one.expected) / error)


@pytest.mark.parametrize(("gain", "offset"), [(1.08, 0.0), (0.7, 0.02), (1.6, -0.03)])
def test_gain_and_offset_of_a_whole_look_change_no_index(
    made_site: SiteMaker, gain: float, offset: float
) -> None:
    site = made_site(seed=5)
    baseline = learn_baseline(site.past(), [site.zone])
    before = site.look(day=395.0)
    plain = changed(site.look(), np.s_[18:23, 17:24], 0.1)
    stepped = dataclasses.replace(plain, reflectance=plain.reflectance * gain + offset)
    first, second = (
        measured(look, site.zone, baseline, before=before) for look in (plain, stepped)
    )
    for name in INDICES:
        error = np.hypot(first[name].standard_error, first[name].expected_error)
        assert second[name].value == pytest.approx(first[name].value, abs=0.02 * error), name
        assert second[name].z == pytest.approx(first[name].z, rel=0.02, abs=0.02), name


def test_what_was_taken_off_a_look_is_told_with_its_pixels_and_residual(
    made_site: SiteMaker,
) -> None:
    site = made_site(seed=5)
    baseline = learn_baseline(site.past(), [site.zone])
    look = site.look()
    stepped = dataclasses.replace(look, reflectance=look.reflectance * 1.5 + 0.05)
    before, after = (
        measure_zone(one, zone=site.zone, state="valid", baseline=baseline).levels
        for one in (look, stepped)
    )
    assert [level.band for level in after] == list(REFLECTANCE_BANDS)
    for first, second in zip(before, after, strict=True):
        assert second.gain == pytest.approx(1.5 * first.gain, rel=1e-3)
        assert second.offset == pytest.approx(1.5 * first.offset + 0.05, abs=1e-3)
        assert second.pixels > 300
        assert 0 < second.residual < 0.03


def test_the_order_of_past_looks_of_equal_weight_does_not_matter(made_site: SiteMaker) -> None:
    site = made_site(seed=6)
    past = site.past()
    look = changed(site.look(), np.s_[18:20, 17:24], 0.1)
    forwards, backwards = (
        measured(look, site.zone, learn_baseline(order, [site.zone]))
        for order in (past, past[::-1])
    )
    for name in INDICES:
        assert backwards[name].z == pytest.approx(forwards[name].z, rel=1e-6)


@pytest.mark.parametrize("state", ["cloudy", "snow", "no_data"])
def test_a_look_that_showed_nothing_is_a_row_without_a_value(
    made_site: SiteMaker, state: str
) -> None:
    site = made_site()
    look = dataclasses.replace(site.look(), clear=np.zeros((44, 44), bool))
    for one in measured(look, site.zone, None, state).values():
        assert (one.state, one.value, one.z, one.clear_fraction) == (state, None, None, 0)


def test_without_a_baseline_values_are_there_but_nothing_is_judged(made_site: SiteMaker) -> None:
    site = made_site()
    found = measured(site.look(), site.zone, None)
    assert {one.state for one in found.values()} == {"learning"}
    assert found["brightness"].value == pytest.approx(0.207, abs=0.02)
    assert found["occupancy"].value is None
    assert all(one.z is None for one in found.values())


def test_a_site_without_ground_outside_its_zones_is_not_comparable(made_site: SiteMaker) -> None:
    site = made_site(zone_slice=np.s_[0:44, 0:44])
    baseline = learn_baseline(site.past(), [site.zone])
    look = site.look()
    for one in measured(look, site.zone, baseline).values():
        assert (one.state, one.value, one.flags) == ("cloudy", None, ("site_not_comparable",))
    assert residual_image(look, learn_brightness(baseline)) is None


def test_a_zone_that_was_never_seen_is_learning(made_site: SiteMaker) -> None:
    site = made_site()
    past = site.past()
    for look in past:
        look.clear[site.zone_slice] = False
    baseline = learn_baseline(past, [site.zone])
    for one in measured(site.look(), site.zone, baseline).values():
        assert (one.state, one.value) == ("learning", None)


def test_without_swir_bare_soil_is_missing_and_the_rest_is_measured(
    made_site: SiteMaker, drop_bands: Callable[..., ClearLook]
) -> None:
    site = made_site()
    lacking = learn_baseline([drop_bands(one, *NO_SWIR) for one in site.past()], [site.zone])
    whole = learn_baseline(site.past(), [site.zone])
    look = drop_bands(site.look(), *NO_SWIR)
    for baseline in (lacking, whole, None):
        found = measured(look, site.zone, baseline)
        assert found["bare_soil"].state == "no_data"
        assert found["bare_soil"].flags == ("band_missing",)
        if baseline is not None:
            judged = [name for name, one in found.items() if one.z is not None]
            without = ("bare_soil", "built_up", "turnover")  # the last has no look before
            assert judged == [name for name in INDICES if name not in without]
    assert measured(site.look(), site.zone, lacking)["bare_soil"].state == "learning"


def test_haze_that_the_mask_missed_is_not_measured(made_site: SiteMaker) -> None:
    site = made_site()
    baseline = learn_baseline(site.past(), [site.zone])
    look = site.look()
    patchy = np.random.default_rng(0).uniform(0, 0.2, look.clear.shape)
    hazy = dataclasses.replace(look, reflectance=look.reflectance + patchy.astype(np.float32))
    for one in measured(hazy, site.zone, baseline).values():
        assert (one.state, one.flags) == ("cloudy", ("haze_or_snow_missed_by_mask",))


def test_a_zone_half_in_cloud_is_judged_by_the_half_that_is_seen(made_site: SiteMaker) -> None:
    site = made_site()
    baseline = learn_baseline(site.past(), [site.zone])
    look = site.look()
    clear = look.clear.copy()
    clear[15:21] = False
    reflectance = look.reflectance.copy()
    reflectance[:, 15:21] += 0.6
    found = measured(ClearLook("now", reflectance, clear), site.zone, baseline, "partial")
    assert found["brightness"].clear_fraction == pytest.approx(8 / 14)
    assert abs(found["brightness"].z) < 3.5
    assert abs(found["occupancy"].z) < 3.5
    whole = measured(look, site.zone, baseline)["brightness"]
    assert found["brightness"].standard_error > 1.5 * whole.standard_error


def test_a_zone_that_is_clear_but_beside_clouds_is_partial(made_site: SiteMaker) -> None:
    site = made_site()
    look = site.look()
    clear = look.clear.copy()
    clear[15:18] = False
    near = dataclasses.replace(look, clear=clear)
    found = measured(near, site.zone, learn_baseline(site.past(), [site.zone]))
    assert {one.state for one in found.values() if one.z is not None} == {"partial"}


def test_what_moves_a_zone_as_a_whole_is_no_object(made_site: SiteMaker) -> None:
    site = made_site()
    baseline = learn_baseline(site.past(), [site.zone])
    look = site.look()
    y, x = np.unravel_index(site.zone.index, look.clear.shape)
    damp = look.reflectance.copy()
    damp[:, y, x] -= 2.5 * baseline.zones[site.zone.zone_id].sigma.mean()
    found = measured(dataclasses.replace(look, reflectance=damp), site.zone, baseline)
    assert found["brightness"].z < -2
    assert abs(found["occupancy"].z) < 2
    bare = look.reflectance.copy()
    bare[:, y, x] += 0.15
    filled = measured(dataclasses.replace(look, reflectance=bare), site.zone, baseline)
    assert filled["occupancy"].value == pytest.approx(site.zone.area_m2.sum(), rel=0.05)


def test_a_look_half_a_pixel_off_is_put_back_and_changes_indices_less_than_their_errors(
    made_site: SiteMaker,
) -> None:
    site = made_site(seed=8, side=132)
    site.ground = ndimage.gaussian_filter(site.ground, (0, 0.8, 0.8))  # as an instrument blurs
    past = site.past()
    baseline = learn_baseline(past, [site.zone])
    reference, _ = align([one.reflectance for one in past], [one.clear for one in past])
    look, before = site.look(), site.look(day=395.0)
    moved = ndimage.shift(look.reflectance, (0, -0.4, 0.5), order=3, mode="nearest")
    where = find_shift(reference, prepare(moved, look.clear))
    found = find_shift(reference, prepare(look.reflectance, look.clear))
    assert where.shift.east_px - found.shift.east_px == pytest.approx(0.5, abs=0.1)
    assert where.shift.south_px - found.shift.south_px == pytest.approx(-0.4, abs=0.1)
    placed = [
        put_back(dataclasses.replace(look, reflectance=image), registration)
        for image, registration in ((look.reflectance, found), (moved, where))
    ]
    first, second = (measured(one, site.zone, baseline, before=before) for one in placed)
    for name in INDICES:
        error = np.hypot(first[name].standard_error, first[name].expected_error)
        assert abs(second[name].value - first[name].value) < error, name


def put_back(look: ClearLook, where: Registration) -> ClearLook:
    """The look with its shift taken out, as the reader of looks does it."""
    shift = {"east_px": where.shift.east_px, "south_px": where.shift.south_px}
    bands = np.stack([without_shift(band, look.clear, **shift) for band in look.reflectance])
    return dataclasses.replace(look, reflectance=bands, clear=np.isfinite(bands).all(axis=0))
