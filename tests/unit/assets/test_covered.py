"""The area that things cover: known where bare ground is, and never taken from what is usual."""

import numpy as np
import pytest

from assets.activity.covered import CoveredPast, learn_covered
from assets.activity.indices import FINE_BANDS
from assets.activity.models import ZonePixels
from resources.models import ZoneKind

SIDE = 20
PAVEMENT = 0.22
DARK, BRIGHT = 0.07, 0.5  # of single things
PAINT, PAINTS = 0.08, 0.6  # middle of all paints, and the spread of their logarithm
AREA = np.full(SIDE * SIDE, 100.0)


def looks_of(full: list[float], *, seed: int = 0, ground: float = PAVEMENT) -> np.ndarray:
    """Looks at a paved square of which shares are covered by things that come and go."""
    random = np.random.default_rng(seed)
    pavement = ground * np.exp(random.normal(0, 0.02, SIDE * SIDE))
    looks = []
    for share in full:
        order = random.permutation(SIDE * SIDE // 4)
        paints = _wide(PAINT * np.exp(random.normal(0, PAINTS, SIDE * SIDE // 4)))
        taken = np.isin(np.arange(SIDE * SIDE // 4), order[: round(share * len(order))])
        seen = np.where(_wide(taken), paints, pavement) * np.exp(
            random.normal(0, 0.01, SIDE * SIDE)
        )
        looks.append(np.repeat(seen[None], 7, axis=0) * np.exp(random.normal(0, 0.02)))
    return np.array(looks)


def _wide(blocks: np.ndarray) -> np.ndarray:
    """Values of blocks of two by two pixels, by pixel."""
    image = blocks.reshape(SIDE // 2, SIDE // 2)
    return image.repeat(2, axis=0).repeat(2, axis=1).ravel()


def roughness_of(looks: np.ndarray) -> np.ndarray:
    """Spread of 3 x 3 pixels over their mean."""
    images = looks[:, FINE_BANDS[0]].reshape(len(looks), SIDE, SIDE)
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    return (windows.std(axis=(3, 4)) / windows.mean(axis=(3, 4))).reshape(len(looks), -1)


ZONE = ZonePixels("zone", "apron", np.arange(SIDE * SIDE), AREA)


def learn(looks: np.ndarray, kind: ZoneKind = "apron") -> CoveredPast:
    zone = ZonePixels("zone", kind, np.arange(SIDE * SIDE), AREA)
    return learn_covered(zone, looks, roughness_of(looks))


def told(past: CoveredPast, share: float, **changed: float) -> float:
    today = looks_of([share], seed=0, **changed)[0]
    assert past.ground is not None
    return past.ground.area_m2(today, AREA)


@pytest.mark.parametrize("usual", [0.1, 0.3])
@pytest.mark.parametrize("share", [0.0, 0.2, 0.6, 0.9])
def test_covered_follows_what_stands_there_whatever_is_usual(usual: float, share: float) -> None:
    past = learn(looks_of([usual] * 12))
    expected = float(np.median(past.areas_m2)) * share / usual
    assert told(past, share) == pytest.approx(expected, rel=0.25, abs=0.02 * AREA.sum())
    assert 0.4 < float(np.median(past.areas_m2)) / (usual * AREA.sum()) < 1.1


def test_where_no_ground_is_free_bare_ground_is_not_known() -> None:
    assert learn(looks_of([0.9] * 12)).reason == "never_seen_bare"


@pytest.mark.parametrize("usual", [0.7, 0.9])
def test_the_first_look_at_empty_ground_tells_what_stood_there_before(usual: float) -> None:
    past = learn(looks_of([usual] * 12))
    today = looks_of([0.0])
    found = past.on(ZONE, today[0], roughness_of(today)[0])
    assert found.reason == ""
    assert len(found.areas_m2) == 12
    left = found.ground.area_m2(today[0], AREA) / AREA.sum()
    assert left < 0.02
    assert np.median(found.areas_m2) / AREA.sum() > 0.3


def test_a_usual_look_tells_nothing_anew() -> None:
    past = learn(looks_of([0.3] * 12))
    for share in (0.0, 0.3, 0.8):
        today = looks_of([share], seed=5)
        assert past.on(ZONE, today[0], roughness_of(today)[0]) is past


def test_markings_and_roofs_are_no_things() -> None:
    looks = looks_of([0.2] * 12)
    plain = float(np.median(learn(looks).areas_m2))
    ground = looks_of([0.0] * 12)
    looks[:, :, :80] = 2.5 * ground[:, :, :80]  # a fifth of the zone
    assert float(np.median(learn(looks).areas_m2)) == pytest.approx(0.8 * plain, rel=0.25)


def test_brighter_things_cover_as_darker_ones_do() -> None:
    past = learn(looks_of([0.2] * 12))
    for paint in (DARK, BRIGHT):
        today = looks_of([0.0])[0]
        today[:, :100] = paint
        assert past.ground.area_m2(today, AREA) == pytest.approx(10_000, rel=0.6)


def test_what_is_not_seen_is_taken_to_be_as_what_is() -> None:
    past = learn(looks_of([0.2] * 12))
    today = looks_of([0.0])[0]
    today[:, :100] = DARK
    whole = past.ground.area_m2(today, AREA)
    today[:, 200:] = np.nan
    assert past.ground.area_m2(today, AREA) == pytest.approx(2 * whole, rel=0.05)
    assert np.isnan(past.ground.area_m2(np.full_like(today, np.nan), AREA))


def test_a_look_that_is_brighter_all_over_covers_nothing() -> None:
    past = learn(looks_of([0.3] * 12))
    assert told(past, 0.0, ground=PAVEMENT * 1.05) < 0.03 * AREA.sum()


@pytest.mark.parametrize("kind", ["reference", "runway", "construction", "building", "other"])
def test_kinds_on_which_nothing_stands_have_no_covered_area(kind: ZoneKind) -> None:
    past = learn(looks_of([0.3] * 12), kind)
    assert (past.ground, past.reason) == (None, "not_paved")
    assert np.isnan(past.areas_m2).all()


def test_ground_that_was_never_seen_bare_has_no_covered_area() -> None:
    random = np.random.default_rng(1)
    looks = np.repeat(random.uniform(0.05, 0.4, (12, 1, SIDE * SIDE)), 7, axis=1)
    assert learn(looks).reason == "never_seen_bare"


def test_a_lawn_is_no_pavement() -> None:
    looks = looks_of([0.0] * 12)
    looks[:, 3] *= 3.0
    assert learn(looks).reason == "never_seen_bare"


def test_a_zone_of_few_pixels_has_no_covered_area() -> None:
    looks = looks_of([0.3] * 12)[..., :5]
    zone = ZonePixels("zone", "apron", np.arange(5), AREA[:5])
    assert learn_covered(zone, looks, np.full((12, 5), 0.01)).reason == "too_few_pixels"
