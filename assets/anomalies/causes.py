"""Ordinary causes of a change: what speaks for and against each, as far as the looks can tell.

Pure and in plain words; each test is a few lines. What was measured is `wording`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from assets.activity.indices import ACTIVITY_SIGN
from assets.anomalies.alerts import Evidence
from assets.anomalies.circumstances import ByZone, Circumstances
from assets.anomalies.series import Look, SeriesKey

MOVED: Final = 1.5  # errors by which a neighbour's look has moved along
STAYED: Final = 1.0  # errors within which it has not
HAZE: Final = 0.02  # part of a zone under haze that matters
HIGH_SUN_DEG: Final = 45.0  # above which shadows are shorter than what casts them
NEAR_PX: Final = 0.5  # shift that lowers trust in edges (facts, 1.8)
ORBITS: Final = 2  # geometries that must show a change for a reflection to be unlikely
GREEN: Final = "ndvi"
EDGES: Final = ("texture", "occupancy")


class Reason(NamedTuple):
    """What a look at the data says of a cause: 1 speaks for it, -1 against, 0 says nothing."""

    leans: int
    words: str


@dataclass(frozen=True, slots=True)
class Cause:
    """An ordinary cause with what speaks for and against it."""

    name: str
    reasons: tuple[Reason, ...]

    @property
    def is_likely(self) -> bool:
        """Whether something speaks for it and nothing against."""
        leans = {reason.leans for reason in self.reasons}
        return 1 in leans and -1 not in leans

    @property
    def weight(self) -> int:
        """For more than against: positive."""
        return sum(reason.leans for reason in self.reasons)


Departures = Mapping[SeriesKey, Mapping[Look, float]]
"""z by series and look, of the whole site."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What the tests of causes look at.

    Attributes:
        change: the evidence.
        looks: those that show it, with their circumstances.
        departures: of all series of the site.
    """

    change: Evidence
    looks: Mapping[Look, Circumstances]
    departures: Departures

    @property
    def zone(self) -> str:
        """Where."""
        return self.change.key.zone_id

    def mean(self, index_name: str, zone_id: str) -> float | None:
        """Mean departure of a series over the looks of the change; None if it has none."""
        series = self.departures.get(SeriesKey(zone_id, index_name), {})
        found = [series[look] for look in self.looks if look in series]
        return sum(found) / len(found) if found else None

    def elsewhere(self, index_name: str) -> list[float]:
        """The same of every other zone."""
        zones = {key.zone_id for key in self.departures} - {self.zone}
        means = [self.mean(index_name, zone) for zone in sorted(zones)]
        return [mean for mean in means if mean is not None]


def ordinary_causes(change: Evidence, by_zone: ByZone, departures: Departures) -> list[Cause]:
    """Every ordinary cause of a change, the likeliest first.

    Args:
        change: of one series.
        by_zone: circumstances of the looks.
        departures: z of all series of the site.
    """
    looks = {
        (look := change.series[at].look): by_zone[change.key.zone_id][look]
        for at in change.episode.agreeing
    }
    scene = Scene(change, looks, departures)
    found = [Cause(name, tuple(test(scene))) for name, test in TESTS.items()]
    return sorted(found, key=lambda cause: (-cause.is_likely, -cause.weight))


def _snow(scene: Scene) -> list[Reason]:
    after = [one for one in scene.looks.values() if one.is_after_snow]
    if not after:
        return [Reason(-1, "no snow was seen at the site in the 30 days before")]
    if len(after) == len(scene.looks):
        return [Reason(1, "snow was seen at the site in the 30 days before each look")]
    return [Reason(0, "snow was seen at the site in the 30 days before some of the looks")]


def _wet_ground(scene: Scene) -> list[Reason]:
    here = scene.mean("brightness", scene.zone)
    if here is None or here > -STAYED:
        return [Reason(-1, "the zone did not darken")]
    return _along(scene, "brightness", -1, "darkened")


def _haze(scene: Scene) -> list[Reason]:
    reasons = []
    share = max((one.haze_fraction for one in scene.looks.values()), default=0.0)
    if share >= HAZE:
        reasons.append(Reason(1, f"the mask saw haze over up to {share:.0%} of the zone"))
    here = scene.mean("brightness", scene.zone)
    if here is None or here < STAYED:
        return [*reasons, Reason(-1, "the zone did not brighten")]
    return reasons + _along(scene, "brightness", 1, "brightened")


def _low_sun(scene: Scene) -> list[Reason]:
    new = [one for one in scene.looks.values() if one.is_sun_new]
    low = min((one.sun_deg for one in scene.looks.values()), default=HIGH_SUN_DEG)
    if new:
        words = f"the sun stood at {low:.0f} degrees, lower than at any look of earlier seasons"
        return [Reason(1, words)]
    if low >= HIGH_SUN_DEG:
        return [Reason(-1, f"the sun stood at {low:.0f} degrees or more")]
    return [Reason(-1, f"earlier looks had the sun as low as its {low:.0f} degrees")]


def _glint(scene: Scene) -> list[Reason]:
    here = scene.mean("brightness", scene.zone)
    if here is None or here < STAYED:
        return [Reason(-1, "the zone did not brighten")]
    orbits = {one.orbit for one in scene.looks.values()} - {None}
    if len(orbits) >= ORBITS:
        return [Reason(-1, f"looks from {len(orbits)} orbits show it")]
    if len(scene.looks) == 1:
        return [Reason(1, "one look alone shows a brighter zone")]
    return [Reason(0, "looks of one orbit alone show it")]


def _registration(scene: Scene) -> list[Reason]:
    unsure = [one for one in scene.looks.values() if one.is_unsure]
    if unsure and scene.change.key.index_name in EDGES:
        of = f"{len(unsure)} of {len(scene.looks)} looks"
        leans = 1 if len(unsure) == len(scene.looks) else 0
        return [Reason(leans, f"the registration of {of} is large or unsure")]
    shifts = [one.shift_px for one in scene.looks.values() if one.shift_px is not None]
    if shifts and max(shifts) < NEAR_PX:
        return [Reason(-1, f"no look was shifted by more than {max(shifts):.1f} pixels")]
    return [Reason(0, "looks were shifted by up to a pixel, which was taken out")]


def _works(scene: Scene) -> list[Reason]:
    green = scene.mean(GREEN, scene.zone)
    bare = scene.mean("bare_soil", scene.zone)
    if green is None or bare is None:
        return []
    if green < -MOVED and bare > MOVED:
        return [Reason(1, "the zone became less green and barer")]
    if abs(green) < STAYED and abs(bare) < STAYED:
        return [Reason(-1, "neither greenness nor bare ground of the zone changed")]
    return [Reason(0, "greenness or bare ground of the zone changed a little")]


def _season(scene: Scene) -> list[Reason]:
    name = scene.change.key.index_name
    sign = scene.change.episode.sign * ACTIVITY_SIGN[name]
    reasons = []
    if name in (GREEN, "bare_soil", "brightness"):
        reasons += _along(scene, name, sign * ACTIVITY_SIGN[name], "changed the same way")
    if any(one.lowest_deg is None for one in scene.looks.values()):
        reasons.append(Reason(1, "no look of an earlier season is there to compare with"))
    elif any(one.is_sun_new for one in scene.looks.values()):
        reasons.append(Reason(1, "this part of the year was not seen before"))
    return reasons


def _along(scene: Scene, index_name: str, sign: int, verb: str) -> list[Reason]:
    """Whether the other zones moved along at the same looks."""
    others = scene.elsewhere(index_name)
    if not others:
        return []
    moved = sum(sign * mean >= MOVED for mean in others)
    if 2 * moved > len(others):
        return [Reason(1, f"{moved} of {len(others)} other zones {verb} at the same looks")]
    stayed = sum(sign * mean < STAYED for mean in others)
    leans = -1 if 2 * stayed > len(others) else 0
    return [Reason(leans, f"{stayed} of {len(others)} other zones did not")]


TESTS: Final[dict[str, Callable[[Scene], Sequence[Reason]]]] = {
    "snow": _snow,
    "wet ground": _wet_ground,
    "haze left over": _haze,
    "shadow and low sun": _low_sun,
    "glint": _glint,
    "registration": _registration,
    "works": _works,
    "season": _season,
}
"""Ordinary causes, to be ruled out before any other (facts, section 5)."""
