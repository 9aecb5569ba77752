"""The area that things cover: told by how rough they make the ground, never by what is usual."""

from dataclasses import replace

import numpy as np
import pytest

from assets.activity.align.registration import PixelShift, ZoneRegistration
from assets.activity.indices.zone_pixels import ClearLook, ZonePixels
from assets.activity.looks.zone_looks import ZoneBox, ZoneLook
from assets.activity.usual.covered_area import BARE_MAX, CoveredPast, learn_covered, pixel_roughness
from resources.models import ZoneKind

SIDE, EDGE = 40, 8  # pixels of the site and of what lies beside the zone
ZONE_PX = SIDE - 2 * EDGE
PAVEMENT, GRAIN = 0.22, 0.015  # reflectance, and the spread of its logarithm
PAINTS = 0.6  # spread of the logarithm of what stands there
BESIDE = 0.05  # reflectance of what lies beside the zone: far darker
WHERE = ZoneRegistration(PixelShift(0.0, 0.0), 0.05, 900, "registered")


def box_of(kind: ZoneKind = "apron", width: int = ZONE_PX) -> ZoneBox:
    share = np.zeros((SIDE, SIDE), np.float32)
    share[EDGE : SIDE - EDGE, EDGE : EDGE + width] = 1.0
    return ZoneBox.of(ZonePixels.of("zone", kind, share, 100.0), (SIDE, SIDE))


def look_at(share: float, *, seed: int = 0, light: float = 1.0, beside: float = BESIDE) -> ZoneLook:
    """A look at a zone of which a share of blocks of two by two pixels is covered by things."""
    random = np.random.default_rng(seed)
    ground = PAVEMENT * np.exp(random.normal(0, GRAIN, (SIDE, SIDE)))
    blocks = np.full((SIDE // 2, SIDE // 2), np.inf)
    inside = slice(EDGE // 2, (SIDE - EDGE) // 2)
    blocks[inside, inside] = random.permutation(ZONE_PX**2 // 4).reshape(ZONE_PX // 2, -1)
    taken = _wide(blocks < share * ZONE_PX**2 / 4)
    paints = _wide(PAVEMENT * np.exp(random.normal(0, PAINTS, (SIDE // 2, SIDE // 2))))
    image = light * np.where(taken, paints, ground)
    is_beside = np.ones((SIDE, SIDE), bool)
    is_beside[EDGE : SIDE - EDGE, EDGE : SIDE - EDGE] = False
    image = np.where(is_beside, beside, image)
    return of_image(image)


def of_image(
    image: np.ndarray, clear: np.ndarray | None = None, box: ZoneBox | None = None
) -> ZoneLook:
    box = box or box_of()
    part = image[box.rows, box.columns]
    seen = np.ones(part.shape, bool) if clear is None else clear[box.rows, box.columns]
    reflectance = np.repeat(part[None], 7, axis=0).astype(np.float32)
    return ZoneLook.of(ClearLook("look", reflectance, seen), box, WHERE)


def _wide(blocks: np.ndarray) -> np.ndarray:
    return blocks.repeat(2, axis=0).repeat(2, axis=1)


def learn(usual: float, kind: ZoneKind = "apron") -> CoveredPast:
    return learn_covered(box_of(kind), [look_at(usual, seed=seed) for seed in range(12)])


def told(past: CoveredPast, look: ZoneLook) -> float:
    """Share of the usual that a look shows."""
    cover = past.cover(look, box_of())
    return cover.area_m2 / float(np.median(cover.past_m2))


@pytest.mark.parametrize("usual", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_share_of_the_usual_is_told_as_that_share(usual: float, share: float) -> None:
    """Also where the ground was never seen bare; half of what is usual is told as half or more."""
    past = learn(usual)
    found = float(np.median([told(past, look_at(usual * share, seed=90 + n)) for n in range(9)]))
    low, high = {0.0: (0.0, 0.1), 0.5: (0.5, 0.85), 1.0: (0.8, 1.25)}[share]
    assert low <= found <= high


def test_more_than_usual_is_told_as_more() -> None:
    past = learn(0.1)
    shares = [told(past, look_at(share, seed=98)) for share in (0.1, 0.2, 0.3)]
    assert shares == sorted(shares)
    assert shares[1] > 1.25


@pytest.mark.parametrize("light", [0.7, 1.4])
def test_brighter_and_darker_looks_cover_the_same(light: float) -> None:
    past = learn(0.2)
    same = told(past, look_at(0.2, seed=5, light=light))
    assert same == pytest.approx(told(past, look_at(0.2, seed=5)), rel=0.05)


def test_what_lies_beside_a_zone_covers_nothing_of_it() -> None:
    past = learn(0.2)
    assert told(past, look_at(0.0, seed=5, beside=0.9)) < 0.05
    plain, other = (pixel_roughness(look_at(0.2, beside=one), box_of()) for one in (0.05, 0.9))
    np.testing.assert_array_equal(plain, other)


def test_bare_ground_is_no_rougher_than_pavement_is() -> None:
    assert learn(1.0).bare == BARE_MAX
    assert learn(0.0).bare < BARE_MAX


def test_an_empty_zone_covers_next_to_nothing() -> None:
    usual = learn(0.0).cover(look_at(0.0, seed=50), box_of()).past_m2
    assert usual.max() < 0.02 * box_of().zone.area_m2.sum()


def test_areas_lie_within_the_zone() -> None:
    wild = of_image(np.indices((SIDE, SIDE)).sum(axis=0) % 2 * 0.9 + 0.01)
    cover = learn(0.2).cover(wild, box_of())
    assert cover.area_m2 == box_of().zone.area_m2.sum()
    assert (cover.past_m2 >= 0).all()


def test_long_shadows_are_no_further_things() -> None:
    past = learn(0.2)
    found = [told(past, with_sun(look_at(0.2, seed=5), sun)) for sun in (60.0, 45.0, 20.0, 12.0)]
    assert found == sorted(found, reverse=True)
    assert told(past, with_sun(look_at(0.2, seed=5), 5.0)) == found[-1]


def with_sun(look: ZoneLook, sun_deg: float) -> ZoneLook:
    return replace(look, look=replace(look.look, sun_deg=sun_deg))


def with_roofs(look: ZoneLook, share: float = 0.25) -> ZoneLook:
    """The same with halls on a share of the zone, which stand in every look."""
    image = look.look.reflectance[0].copy()
    image[: round(image.shape[0] * share)] = np.kron([[0.1, 0.5] * 10] * 1, np.ones((1, 2)))[
        :, : image.shape[1]
    ]
    reflectance = np.repeat(image[None], 7, axis=0)
    return ZoneLook.of(replace(look.look, reflectance=reflectance), box_of(), WHERE)


def test_roofs_are_no_things_until_they_go() -> None:
    box = box_of()
    past = learn_covered(box, [with_roofs(look_at(0.2, seed=seed)) for seed in range(12)])
    plain = learn(0.2)
    without = float(np.median(plain.cover(look_at(0.2, seed=50), box).past_m2))
    same = past.cover(with_roofs(look_at(0.2, seed=50)), box)
    usual = float(np.median(same.past_m2))
    assert usual == pytest.approx(without, rel=0.35)
    assert same.area_m2 == pytest.approx(usual, rel=0.35)
    assert not same.is_fixed
    left = past.cover(look_at(0.0, seed=50), box)
    assert np.median(left.past_m2) > 1.5 * without
    assert left.area_m2 < 0.05 * np.median(left.past_m2)


def test_where_all_that_is_rough_never_changes_it_is_said() -> None:
    box = box_of()
    past = learn_covered(box, [with_roofs(look_at(0.0, seed=seed)) for seed in range(12)])
    assert past.cover(with_roofs(look_at(0.0, seed=50)), box).is_fixed
    assert not past.cover(look_at(0.0, seed=50), box).is_fixed  # they have gone


def test_what_is_hidden_is_taken_to_be_as_what_is_seen() -> None:
    image = np.full((SIDE, SIDE), PAVEMENT)
    image[::2, ::3] = BESIDE
    left = np.zeros((SIDE, SIDE), bool)
    left[:, : SIDE // 2] = True
    box, past = box_of(), learn(0.2)
    half, whole = (
        past.cover(look, box).area_m2 for look in (of_image(image, left), of_image(image))
    )
    assert half == pytest.approx(whole, rel=0.1)
    nothing = of_image(image, np.zeros((SIDE, SIDE), bool))
    assert np.isnan(past.cover(nothing, box).area_m2)


@pytest.mark.parametrize(
    "kind", ["reference", "runway", "construction", "building", "berth", "other"]
)
def test_kinds_on_which_nothing_stands_have_no_covered_area(kind: ZoneKind) -> None:
    assert learn(0.3, kind).reason == "not_paved"


def test_a_strip_too_thin_for_a_window_has_no_covered_area() -> None:
    box = box_of(width=1)
    look = of_image(np.full((SIDE, SIDE), PAVEMENT), box=box)
    assert learn_covered(box, [look] * 12).reason == "too_few_pixels"
