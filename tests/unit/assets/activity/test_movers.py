"""Movers: things that the bands see one after another in a line."""

import math

import numpy as np
import pytest
from scipy import ndimage, special

from assets.activity.detect.movers import count_movers, find_movers
from assets.activity.indices.zone_pixels import ZoneView
from resources.instrument import BAND_DELAY_S, blur_sigma_m
from resources.models import REFLECTANCE_BANDS

SIGMA, SIZE = 0.006, 32
WHITE = np.full(len(REFLECTANCE_BANDS), 0.3)  # reflectance beyond the ground's


def blip(row_m: float, column_m: float, edge_m: float = 8.0) -> np.ndarray:
    """What pixels see of a square, blurred as the instrument does it, shape (y, x)."""
    edges, sigma = np.arange(SIZE + 1) * 10.0, blur_sigma_m(10)

    def line(middle: float) -> np.ndarray:
        def ramp(x: np.ndarray) -> np.ndarray:
            z = x / sigma
            density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
            return sigma * (z * special.ndtr(z) + density)

        low, high = middle - edge_m / 2, middle + edge_m / 2
        return np.diff(ramp(edges - low) - ramp(edges - high)) / 10.0

    return np.outer(line(row_m), line(column_m))


def passing(
    rng: np.random.Generator, speed: float, heading_deg: float, colour: np.ndarray = WHITE
) -> np.ndarray:
    """Residual of one thing on the move, each band off by the registration that is asked of it."""
    row, column = SIZE * 5 + rng.uniform(-20, 20, 2)
    north, east = math.cos(math.radians(heading_deg)), math.sin(math.radians(heading_deg))
    drawn = []
    for band, tint in zip(REFLECTANCE_BANDS, colour, strict=True):
        way = speed * BAND_DELAY_S[band]
        down, right = rng.normal(0, 1.0, 2)  # metres
        drawn.append(tint * blip(row - way * north + down, column + way * east + right))
    return np.array(drawn)


def view_of(rng: np.random.Generator, residual: np.ndarray) -> ZoneView:
    noise = ndimage.gaussian_filter(rng.normal(size=residual.shape), (0, 0.4, 0.4))
    residual = residual + noise * (SIGMA / noise.std())
    shape = residual.shape[1:]
    return ZoneView(
        residual=residual,
        sigma=np.full_like(residual, SIGMA),
        expected=np.full_like(residual, 0.15),
        clear=np.ones(shape, bool),
        area_m2=np.full(shape, 100.0),
    )


def sure(view: ZoneView) -> list:
    return [one for one in find_movers(view) if one.probability > 0.5]


@pytest.mark.parametrize("speed", [12, 15, 20, 25, 30])
def test_speed_and_heading_are_those_of_the_vehicle(speed: float) -> None:
    rng = np.random.default_rng(speed)
    scaled, turned, found = [], [], 0
    for heading in range(0, 360, 18):
        movers = sure(view_of(rng, passing(rng, speed, heading)))
        assert len(movers) <= 1
        found += len(movers)
        scaled += [(one.speed_m_s - speed) / one.speed_error_m_s for one in movers]
        turned += [(one.heading_deg - heading + 180) % 360 - 180 for one in movers]
    assert found >= 17  # of 20
    assert abs(np.mean(scaled)) < 0.7
    assert np.std(scaled) < 1.7, "the stated error holds"
    assert np.abs(turned).max() < 30


def test_slow_ones_are_rarely_seen_but_never_called_fast() -> None:
    rng = np.random.default_rng(1)
    found = [sure(view_of(rng, passing(rng, 5.0, heading))) for heading in range(0, 360, 18)]
    speeds = [one.speed_m_s for movers in found for one in movers]
    assert len(speeds) <= 8
    assert all(speed < 13 for speed in speeds)


@pytest.mark.parametrize("kind", ["white", "coloured"])
def test_still_things_of_any_colour_do_not_move(kind: str) -> None:
    rng = np.random.default_rng(2)
    movers = 0
    for _ in range(100):
        colour = WHITE if kind == "white" else rng.uniform(0.05, 0.5, len(REFLECTANCE_BANDS))
        movers += len(sure(view_of(rng, passing(rng, 0.0, 0.0, colour))))
    assert movers <= 2


def test_edges_out_of_register_do_not_move() -> None:
    rng = np.random.default_rng(3)
    movers = 0
    for _ in range(60):
        house = 0.25 * blip(*(SIZE * 5 + rng.uniform(-20, 20, 2)), edge_m=rng.uniform(15, 120))
        shifted = [
            ndimage.shift(house, rng.normal(0, 0.2, 2), order=3) - house for _ in REFLECTANCE_BANDS
        ]
        movers += len(sure(view_of(rng, np.array(shifted))))
    assert movers <= 1


def test_noise_does_not_move() -> None:
    rng = np.random.default_rng(4)
    empty = np.zeros((len(REFLECTANCE_BANDS), SIZE, SIZE))
    assert sum(count_movers(view_of(rng, empty)) for _ in range(60)) < 0.5


def test_the_bands_out_of_their_order_are_no_motion() -> None:
    rng = np.random.default_rng(5)
    movers = 0
    for heading in range(0, 360, 18):
        residual = passing(rng, 25.0, heading)
        red, nir = (REFLECTANCE_BANDS.index(name) for name in ("red", "nir"))
        residual[[red, nir]] = residual[[nir, red]]
        movers += len(sure(view_of(rng, residual)))
    assert movers == 0


def test_only_movers_in_the_zone_are_counted() -> None:
    rng = np.random.default_rng(6)
    view = view_of(rng, passing(rng, 20.0, 90.0))
    inside = count_movers(view)
    assert inside == pytest.approx(1, abs=0.2)
    view.area_m2[:] = 0
    assert count_movers(view) == 0


def test_a_blind_view_has_no_movers() -> None:
    rng = np.random.default_rng(7)
    view = view_of(rng, passing(rng, 20.0, 90.0))
    view.clear[:] = False
    assert find_movers(view) == []
