"""A small made-up site for the tests of baselines and measurements: known ground, known noise."""

import dataclasses
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest

from assets.activity.align.registration import ZoneRegistration
from assets.activity.indices.indices import INDICES, IndexName
from assets.activity.indices.zone_pixels import ClearLook, ZonePixels
from assets.activity.looks.zone_looks import SiteLook, ZoneBox, ZoneLook
from assets.activity.measure.measurement import IndexMeasurement
from assets.activity.measure.zone_meter import context_of, measure_zone, view_of
from assets.activity.usual.baseline import ZoneBaseline, learn_zone
from assets.activity.usual.block_past import BlockPast, learn_blocks
from assets.clouds.fractions import PARTIAL_CLEAR, ZoneState
from assets.constants import YEAR_DAYS
from assets.scenes.stack import PixelShift
from resources.models import REFLECTANCE_BANDS, ZoneKind

SIDE = 96  # pixels; 16 blocks of the lattice
NOISE = 0.004  # reflectance, of each pixel and band in each look
PATCH = (18, 12)  # pixels; whole blocks of one material
NOW = 760.0  # day that is judged; the past are the two years before day 720
UNSHIFTED = ZoneRegistration(PixelShift(), 0.1, 1000, "registered")
MATERIALS = np.array(
    [
        # blue, green, red, nir, nir08, swir16, swir22: meadow, soil, asphalt, concrete
        [0.03, 0.07, 0.04, 0.40, 0.41, 0.20, 0.10],
        [0.08, 0.12, 0.17, 0.25, 0.27, 0.35, 0.30],
        [0.08, 0.09, 0.10, 0.12, 0.12, 0.14, 0.14],
        [0.18, 0.21, 0.23, 0.27, 0.27, 0.30, 0.28],
    ]
)
CONCRETE = 3


@dataclass
class MadeSite:
    """Ground in patches of four materials, a square zone of concrete of 14 pixels in the middle.

    Attributes:
        kind: of the zone.
        seed: of ground and looks.
        wet: share by which each block is brighter or darker in each band from look to look.
        light: share by which each band of a look is brighter or darker as a whole.
        zone_slice: rows and columns of the zone.
    """

    kind: ZoneKind = "apron"
    seed: int = 0
    wet: float = 0.03
    light: float = 0.02
    zone_slice: tuple[slice, slice] = (slice(40, 54), slice(40, 54))
    material: npt.NDArray[np.intp] = field(init=False)
    ground: npt.NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        down, across = np.arange(SIDE)[:, None] // PATCH[0], np.arange(SIDE)[None] // PATCH[1]
        self.material = (down + across) % 4
        self.material[self.zone_slice] = CONCRETE
        grain = self.rng.normal(1, 0.06, (1, SIDE, SIDE))
        self.ground = MATERIALS[self.material].transpose(2, 0, 1) * grain

    @property
    def zone(self) -> ZonePixels:
        weights = np.zeros((SIDE, SIDE), np.float32)
        weights[self.zone_slice] = 1
        return ZonePixels.of("zone", self.kind, weights, 100.0)

    @property
    def box(self) -> ZoneBox:
        return ZoneBox.of(self.zone, (SIDE, SIDE))

    def look(self, name: str = "now", day: float = NOW, orbit: int = 0) -> ClearLook:
        """One clear look: green that comes and goes, light, wet patches, noise."""
        green = 0.06 * np.sin(2 * np.pi * day / YEAR_DAYS) * (self.material == 0)
        light = self.rng.normal(1, self.light, (7, 1, 1))
        patches = self.rng.normal(1, self.wet, (7, SIDE // 6, SIDE // 6))
        wet = np.kron(patches, np.ones((1, 6, 6)))
        noise = self.rng.normal(0, NOISE, self.ground.shape)
        seen = self.ground * wet * light + noise
        seen[3] += green
        clear = np.ones((SIDE, SIDE), bool)
        return ClearLook(name, seen.astype(np.float32), clear, day, orbit)

    def past(self, count: int = 24) -> list[ClearLook]:
        """Looks through the two years before day 720."""
        days = np.linspace(0, 715, count)
        return [self.look(f"past-{n:02d}", day=float(day)) for n, day in enumerate(days)]

    def learn(self, past: list[ClearLook]) -> "Known":
        """What a month round day NOW is compared with."""
        blocks = learn_blocks([SiteLook.of(look) for look in past])
        zone_looks = [zone_look(look, self.box) for look in past]
        places = [
            n
            for n, one in enumerate(zone_looks)
            if np.isfinite(one.fields[0]).mean() >= PARTIAL_CLEAR
        ]
        zone = None
        if blocks is not None:
            zone = learn_zone(
                self.box,
                [zone_looks[place] for place in places],
                places,
                blocks,
                shape=(SIDE, SIDE),
            )
        return Known(self.box, blocks, zone)


@dataclass(frozen=True)
class Known:
    """A zone with its past."""

    box: ZoneBox
    blocks: BlockPast | None
    zone: ZoneBaseline | None

    def measure(
        self, look: ClearLook, state: ZoneState = "valid", before: ClearLook | None = None
    ) -> dict[IndexName, IndexMeasurement]:
        """Every index of the zone in a look."""
        context, earlier = None, None
        if self.zone is not None and self.blocks is not None:
            context = context_of(SiteLook.of(look), self.zone, self.blocks)
            if before is not None:
                then = context_of(SiteLook.of(before), self.zone, self.blocks)
                earlier = view_of(zone_look(before, self.box), self.zone, then).view(0)
        found = measure_zone(
            zone_look(look, self.box),
            box=self.box,
            state=state,
            known=self.zone,
            context=context,
            before=earlier,
        ).measurements
        assert [one.index_name for one in found] == list(INDICES)
        return {one.index_name: one for one in found}


def zone_look(look: ClearLook, box: ZoneBox) -> ZoneLook:
    """A look at the box of a zone that needs no shift."""
    part = dataclasses.replace(
        look,
        reflectance=look.reflectance[:, box.rows, box.columns],
        clear=look.clear[box.rows, box.columns],
    )
    return ZoneLook.of(part, box, UNSHIFTED)


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
