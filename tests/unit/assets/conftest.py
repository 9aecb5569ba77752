"""A small made-up site for the tests of baselines and measurements: known ground, known noise."""

import dataclasses
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest

from assets.activity.models import ClearLook, ZonePixels
from resources.models import REFLECTANCE_BANDS, ZoneKind

SIDE = 44
NOISE = 0.004  # reflectance, of each pixel and band in each look
WET = 0.04  # share by which patches of ground are brighter or darker from look to look
PATCH = 11  # pixels


@dataclass
class MadeSite:
    """Ground in stripes of four materials, a square zone of concrete of 14 pixels in the middle."""

    kind: ZoneKind = "apron"
    seed: int = 0
    side: int = SIDE
    zone_slice: tuple[slice, slice] = (slice(15, 29), slice(15, 29))
    ground: npt.NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        materials = np.array(
            [
                # blue, green, red, nir, nir08, swir16, swir22: meadow, soil, asphalt, concrete
                [0.03, 0.07, 0.04, 0.40, 0.41, 0.20, 0.10],
                [0.08, 0.12, 0.17, 0.25, 0.27, 0.35, 0.30],
                [0.08, 0.09, 0.10, 0.12, 0.12, 0.14, 0.14],
                [0.18, 0.21, 0.23, 0.27, 0.27, 0.30, 0.28],
            ]
        )
        stripes = (np.arange(self.side)[:, None] // 5 + np.arange(self.side)[None] // 7) % 4
        stripes[self.zone_slice] = 3
        grain = self.rng.normal(1, 0.06, (1, self.side, self.side))
        self.ground = materials[stripes].transpose(2, 0, 1) * grain

    @property
    def zone(self) -> ZonePixels:
        weights = np.zeros((self.side, self.side), np.float32)
        weights[self.zone_slice] = 1
        return ZonePixels.of("zone", self.kind, weights, 100.0)

    def look(self, name: str = "now", weight: float = 1.0, day: float = 400.0) -> ClearLook:
        """One clear look in ordinary light: a gain and an offset a band, wet patches, noise."""
        gain = self.rng.normal(1, 0.03, (len(self.ground), 1, 1))
        offset = self.rng.normal(0, 0.004, (len(self.ground), 1, 1))
        noise = self.rng.normal(0, NOISE, self.ground.shape)
        patches = self.rng.normal(
            1, WET, (len(self.ground), self.side // PATCH, self.side // PATCH)
        )
        wet = np.kron(patches, np.ones((1, PATCH, PATCH)))
        seen = (self.ground * wet * gain + offset + noise).astype(np.float32)
        return ClearLook(name, seen, np.ones((self.side, self.side), bool), weight, day)

    def past(self, count: int = 16) -> list[ClearLook]:
        """Looks through the year before day 365."""
        days = np.linspace(0, 360, count)
        return [self.look(f"past-{n:02d}", day=float(day)) for n, day in enumerate(days)]


def without(look: ClearLook, *bands: str) -> ClearLook:
    """The look of an item that has no such bands."""
    reflectance = look.reflectance.copy()
    reflectance[[REFLECTANCE_BANDS.index(band) for band in bands]] = np.nan
    return dataclasses.replace(look, reflectance=reflectance)


@pytest.fixture
def made_site() -> type[MadeSite]:
    return MadeSite


@pytest.fixture
def drop_bands() -> object:
    return without
