"""Candidates for large objects: what is planted is found and measured, noise is not."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import ndimage, special

from assets.activity.detect.matched_filter import PRIOR_DENSITY, object_probability
from assets.activity.detect.objects import (
    LARGEST_M2,
    SIZES_M2,
    ObjectCandidate,
    find_objects,
    object_values,
    size_class,
)
from assets.activity.indices.zone_pixels import ZoneView
from resources.instrument import blur_sigma_m
from resources.models import REFLECTANCE_BANDS
from resources.simulated.scenery.layout import ParkingSlot
from resources.simulated.scenery.materials import DARK_AIRCRAFT, HARD, LIGHT_AIRCRAFT
from resources.simulated.scenery.objects import AIRFRAMES, aircraft_strips

SIGMA = 0.008  # reflectance
CONCRETE, ASPHALT, WATER = HARD["concrete"], HARD["asphalt"], HARD["water"]
Strip = tuple[float, float, float, float]  # west, south, east, north of the middle, metres


def shares(strips_m: Sequence[Strip], centre: tuple[float, float], size: int) -> np.ndarray:
    """What each pixel sees of strips, the one blurred exactly as the instrument does it."""
    edges = np.arange(size + 1) * 10.0
    sigma = blur_sigma_m(10)

    def line(least: float, most: float) -> np.ndarray:
        def ramp(x: np.ndarray) -> np.ndarray:  # integral of the normal distribution
            z = x / sigma
            density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
            return sigma * (z * special.ndtr(z) + density)

        return np.diff(ramp(edges - least) - ramp(edges - most)) / 10.0

    y, x = centre
    return sum(
        np.outer(line(y + south, y + north), line(x + west, x + east))
        for west, south, east, north in strips_m
    )


def aircraft(kind: str) -> list[Strip]:
    """Fuselage, wings and tail, what they share drawn once."""
    body, *others = aircraft_strips(AIRFRAMES[kind], ParkingSlot(0.0, 0.0))
    parts = [tuple(body)]
    for box in others:
        sides = [(box.west, max(box.west, body.west)), (min(box.east, body.east), box.east)]
        parts += [(west, box.south, east, box.north) for west, east in sides if east > west]
    return parts


def area_of(strips_m: Sequence[Strip]) -> float:
    return sum((east - west) * (north - south) for west, south, east, north in strips_m)


def noise(rng: np.random.Generator, shape: tuple[int, int], blur: float = 0.45) -> np.ndarray:
    """Noise of SIGMA, neighbours correlated by the blur and bands by what they have in common."""
    own, common = rng.normal(size=(7, *shape)), rng.normal(size=(1, *shape))
    drawn = ndimage.gaussian_filter(0.8 * own + 0.6 * common, (0, blur, blur))
    return drawn * (SIGMA / drawn.std())


def view_of(residual: np.ndarray, ground: np.ndarray = CONCRETE) -> ZoneView:
    shape = residual.shape[1:]
    return ZoneView(
        residual=residual,
        sigma=np.full_like(residual, SIGMA),
        expected=np.broadcast_to(ground[:, None, None], residual.shape),
        clear=np.ones(shape, bool),
        area_m2=np.full(shape, 100.0),
    )


def planted(
    rng: np.random.Generator,
    parts: Sequence[Strip],
    *,
    ground: np.ndarray = CONCRETE,
    colour: np.ndarray = LIGHT_AIRCRAFT,
    size: int = 30,
) -> tuple[ZoneView, tuple[float, float]]:
    """A view with one object at a random place between pixels, and that place in pixels."""
    y, x = size * 5 + rng.uniform(-10, 10, 2)
    cover = shares(parts, (y, x), size)
    residual = cover * (colour - ground)[:, None, None] + noise(rng, (size, size))
    return view_of(residual, ground), (y / 10 - 0.5, x / 10 - 0.5)


def rectangle(length: float, width: float) -> list[Strip]:
    return [(-length / 2, -width / 2, length / 2, width / 2)]


OBJECTS = {
    "an-124": aircraft("an-124"),
    "il-76": aircraft("il-76"),
    "an-72": aircraft("an-72"),
    "an-32": aircraft("an-32"),
    "hall of 30 by 20 m": rectangle(30, 20),
    "barge of 100 by 16 m": rectangle(100, 16),
    "truck park of 12 by 12 m": rectangle(12, 12),
}


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize(
    ("ground", "colour"),
    [(CONCRETE, LIGHT_AIRCRAFT), (ASPHALT, LIGHT_AIRCRAFT), (CONCRETE, DARK_AIRCRAFT)],
    ids=["light on concrete", "light on asphalt", "dark on concrete"],
)
def test_an_object_is_found_at_its_place_with_its_area_within_the_stated_error(
    name: str, ground: np.ndarray, colour: np.ndarray
) -> None:
    rng = np.random.default_rng(len(name))
    parts, found = OBJECTS[name], []
    for _ in range(8):
        view, (row, column) = planted(rng, parts, ground=ground, colour=colour)
        sure = [one for one in find_objects(view) if one.probability > 0.5]
        assert len(sure) == 1, sure
        assert math.hypot(sure[0].row - row, sure[0].column - column) < 0.8
        assert (sure[0].contrast > 0) == (colour.mean() > ground.mean())
        found.append(sure[0])
    area, error = np.mean([[one.area_m2, one.area_error_m2] for one in found], axis=0)
    assert abs(area - area_of(parts)) < error < 0.5 * area


def test_aircraft_fall_into_the_classes_of_their_size() -> None:
    rng = np.random.default_rng(1)
    wanted = {
        "an-124": "objects_large",
        "il-76": "objects_medium",
        "an-72": "objects_small",
        "an-32": "objects_small",
    }
    for kind, name in wanted.items():
        sizes = [find_objects(planted(rng, OBJECTS[kind])[0])[0].size for _ in range(10)]
        assert sizes.count(name) >= 9, (kind, sizes)


@pytest.mark.parametrize(("length", "width"), [(60, 12), (100, 16), (200, 30)])
def test_a_rectangle_is_as_long_and_wide_as_it_is(length: float, width: float) -> None:
    rng = np.random.default_rng(2)
    view, _ = planted(rng, rectangle(length, width), ground=WATER, size=40)
    found = find_objects(view, largest_m2=30_000)[0]
    assert found.length_m == pytest.approx(length, rel=0.05)
    assert found.width_m == pytest.approx(width, abs=3)


def test_noise_has_as_many_false_alarms_as_stated() -> None:
    rng = np.random.default_rng(3)
    alarms, likely = [], 0.0
    views = 120
    for _ in range(views):
        found = find_objects(view_of(noise(rng, (28, 28))))
        alarms += [one.false_alarms for one in found]
        likely += sum(one.probability for one in found)
    counted = np.array([(np.array(alarms) < level).sum() for level in (0.5, 0.1)])
    stated = np.array([0.5, 0.1]) * views
    assert (counted < stated + 3 * np.sqrt(stated)).all(), (counted, stated)
    assert counted[0] > 0.3 * stated[0], "the filter is not simply deaf"
    everywhere = PRIOR_DENSITY * math.log1p(1 / PRIOR_DENSITY)  # of noise, if alarms are exact
    assert likely / views < 2 * everywhere


def test_probability_is_even_where_noise_does_as_much_in_one_view_of_five_hundred() -> None:
    assert object_probability(math.log(0.002)) == pytest.approx(0.5)
    assert object_probability(0.0) < 0.003
    assert object_probability(-np.inf) == 1.0
    assert object_probability(np.inf) == pytest.approx(0, abs=1e-12)


def test_the_shadow_beside_an_aircraft_is_no_second_object() -> None:
    rng = np.random.default_rng(4)
    for _ in range(10):
        view, (row, column) = planted(rng, OBJECTS["il-76"])
        centre = ((row + 0.5) * 10 + 9, (column + 0.5) * 10 + 12)
        shade = shares(OBJECTS["il-76"], centre, 30) * (1 - view.residual[0] / CONCRETE[0] / 2)
        view = view_of(view.residual - 0.12 * np.clip(shade, 0, 1))
        sure = [one for one in find_objects(view) if one.probability > 0.5]
        assert len(sure) == 1, sure
        assert sure[0].contrast > 0


def test_aircraft_in_a_row_are_counted_one_by_one() -> None:
    rng = np.random.default_rng(5)
    cover = sum(shares(OBJECTS["il-76"], (150.0, x), 30) for x in (60.0, 127.0, 191.0, 253.0))
    change = cover * (LIGHT_AIRCRAFT - CONCRETE)[:, None, None]
    view = view_of(change + noise(rng, (30, 30)))
    values = object_values(view)
    assert values["objects_medium"] == pytest.approx(4, abs=0.1)


def test_objects_beyond_any_chance_come_strongest_first() -> None:
    rng = np.random.default_rng(11)
    residual = noise(rng, (80, 80))
    for strength, centre in ((5.0, (200.0, 200.0)), (9.0, (600.0, 600.0))):
        cover = shares(OBJECTS["an-124"], centre, 80)
        residual += strength * cover * (LIGHT_AIRCRAFT - CONCRETE)[:, None, None]
    found = find_objects(view_of(residual))[:2]
    assert [one.false_alarms for one in found] == [0, 0], "too few for a number to hold"
    assert found[0].score > found[1].score
    assert found[0].row > found[1].row


def test_objects_are_the_same_where_the_view_is_wider() -> None:
    rng = np.random.default_rng(12)
    residual = noise(rng, (30, 30))
    for centre in ((90.0, 90.0), (90.0, 150.0), (210.0, 200.0)):
        cover = shares(OBJECTS["il-76"], centre, 30)
        residual += cover * (LIGHT_AIRCRAFT - CONCRETE)[:, None, None]
    narrow = view_of(residual)
    wide = view_of(np.pad(residual, ((0, 0), (7, 2), (5, 11))))
    wide.clear[:] = False
    wide.clear[7:37, 5:35] = True
    found, again = find_objects(narrow), find_objects(wide)
    assert len(found) >= 3
    places = [(one.row + 7, one.column + 5, one.area_m2, one.score) for one in found]
    np.testing.assert_allclose(
        [(one.row, one.column, one.area_m2, one.score) for one in again], places, rtol=1e-9
    )


def test_snow_left_lying_is_no_object() -> None:
    view = view_of(np.zeros((7, 40, 40)))
    residual = noise(np.random.default_rng(6), (40, 40))
    residual[:, 10:25, 8:24] += 0.4
    found = find_objects(view_of(residual))
    assert all(one.area_m2 < LARGEST_M2 for one in found)
    assert not [one for one in found if one.probability > 0.5]
    assert find_objects(view) == []


def test_an_object_at_the_edge_of_two_zones_is_counted_once_in_all() -> None:
    rng = np.random.default_rng(7)
    view, (_, column) = planted(rng, OBJECTS["an-124"])
    edge = math.floor(column) + 0.4  # of a pixel that both zones share
    shares_left = np.clip(edge - np.arange(30), 0, 1)
    total = 0.0
    for share in (shares_left, 1 - shares_left):
        area = np.broadcast_to(share * 100.0, view.clear.shape)
        zone = ZoneView(view.residual, view.sigma, view.expected, view.clear, area)
        total += object_values(zone)["objects_large"]
    assert total == pytest.approx(1, abs=0.02)


def test_what_is_not_seen_holds_no_objects() -> None:
    rng = np.random.default_rng(8)
    view, _ = planted(rng, OBJECTS["an-124"])
    blind = ZoneView(
        np.full_like(view.residual, np.nan),
        view.sigma,
        view.expected,
        np.zeros_like(view.clear),
        view.area_m2,
    )
    assert find_objects(blind) == []
    assert set(object_values(blind).values()) == {0.0}


def test_a_missing_20_m_band_changes_nothing() -> None:
    rng = np.random.default_rng(9)
    view, _ = planted(rng, OBJECTS["il-76"])
    whole = find_objects(view)
    view.residual[REFLECTANCE_BANDS.index("nir08") :] = np.nan
    assert find_objects(view) == whole


def test_gain_of_residual_and_sigma_together_changes_no_probability() -> None:
    rng = np.random.default_rng(10)
    view, _ = planted(rng, OBJECTS["an-72"])

    def strengths(found: Sequence[ObjectCandidate]) -> list[float]:
        return [one.score for one in found]

    louder = ZoneView(view.residual * 3, view.sigma * 3, view.expected, view.clear, view.area_m2)
    np.testing.assert_allclose(strengths(find_objects(view)), strengths(find_objects(louder)))


@pytest.mark.parametrize(
    ("area_m2", "size"),
    [(99.9, None), (100, "objects_small"), (300, "objects_medium"), (2e4, "objects_large")],
)
def test_classes_meet_without_gap(area_m2: float, size: str | None) -> None:
    assert size_class(area_m2) == size
    edges = list(SIZES_M2.values())
    assert [most for _, most in edges[:-1]] == [least for least, _ in edges[1:]]
