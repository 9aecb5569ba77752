"""Ordinary causes of a change: what speaks for and against each, as far as the looks can tell.

Pure and in plain words; each test is a few lines. What was measured is `wording`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from assets.anomalies.alerts.alerts import Evidence
from assets.anomalies.alerts.circumstances import LOW_SUN_DEGREES, ByZone, Circumstances
from assets.anomalies.change_tests.series import Look, SeriesKey

MOVED: Final = 1.5  # errors by which a neighbour's look has moved along
STAYED: Final = 1.0  # errors within which it has not
HAZE: Final = 0.02  # part of a zone under haze that matters
HIGH_SUN_DEG: Final = 45.0  # above which shadows are shorter than what casts them
NEAR_PX: Final = 0.5  # shift that lowers trust in edges (facts, 1.8)
ORBITS: Final = 2  # geometries that must show a change for a reflection to be unlikely
GREEN: Final = "ndvi"
EDGES: Final = ("texture", "pattern", "novelty", "changed_area")


class Reason(NamedTuple):
    """What a look at the data says of a cause: 1 speaks for it, -1 against, 0 says nothing."""

    leans: int
    words: str


class Way(NamedTuple):
    """Which way zones moved: the sign of z, that they did so, and the verb after "did not"."""

    sign: int
    moved: str
    move: str


BRIGHTER: Final = Way(1, "brightened", "brighten")  # sign and words
DARKER: Final = Way(-1, "darkened", "darken")  # as BRIGHTER


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
    stayed = _stayed(scene, DARKER)
    return [stayed] if stayed else _along(scene, "brightness", DARKER)


def _haze(scene: Scene) -> list[Reason]:
    reasons = []
    share = max((one.haze_fraction for one in scene.looks.values()), default=0.0)
    if share >= HAZE:
        reasons.append(Reason(1, f"the mask saw haze over up to {share:.0%} of the zone"))
    stayed = _stayed(scene, BRIGHTER)
    if stayed:
        return [*reasons, stayed]
    return reasons + _along(scene, "brightness", BRIGHTER)


def _low_sun(scene: Scene) -> list[Reason]:
    looks = list(scene.looks.values())
    new = [one.sun_deg for one in looks if one.is_sun_new]
    if new:
        words = f"the sun stood lower than at any look of earlier seasons{_at(len(new), scene)}"
        return [Reason(_if_all(len(new), scene), f"{words}, down to {min(new):.0f} degrees")]
    low = min(one.sun_deg for one in looks)
    if low >= HIGH_SUN_DEG:
        return [Reason(-1, f"the sun stood at {low:.0f} degrees or more")]
    alone = sum(one.lowest_deg is None for one in looks)
    if alone:
        words = f"no look of an earlier season is there to compare the sun with{_at(alone, scene)}"
        return [Reason(0, words)]
    lower = sum(not one.was_sun_as_low for one in looks)
    if lower:
        words = f"the sun stood lower than in earlier seasons{_at(lower, scene)}"
        return [Reason(0, f"{words}, but not under {LOW_SUN_DEGREES:.0f} degrees")]
    return [Reason(-1, f"earlier looks had the sun as low as its {low:.0f} degrees")]


def _glint(scene: Scene) -> list[Reason]:
    stayed = _stayed(scene, BRIGHTER)
    if stayed:
        return [stayed]
    orbits = {one.orbit for one in scene.looks.values()} - {None}
    if len(orbits) >= ORBITS:
        return [Reason(-1, f"looks from {len(orbits)} orbits show it")]
    unknown = sum(one.orbit is None for one in scene.looks.values())
    if unknown:
        return [Reason(0, f"no relative orbit is known{_at(unknown, scene)}")]
    return [Reason(0, "looks of one orbit alone show it")]


def _registration(scene: Scene) -> list[Reason]:
    unsure = [one for one in scene.looks.values() if one.is_unsure]
    if unsure and scene.change.key.index_name in EDGES:
        of = f"{len(unsure)} of {len(scene.looks)} looks"
        leans = _if_all(len(unsure), scene)
        return [Reason(leans, f"the registration of {of} is large or unsure")]
    shifts = [one.shift_px for one in scene.looks.values() if one.shift_px is not None]
    unknown = len(scene.looks) - len(shifts)
    if not shifts:
        return [Reason(0, "the shift of no look is known")]
    if unknown:
        return [Reason(0, f"the shift of {unknown} of {len(scene.looks)} looks is not known")]
    most = f"{max(shifts):.1f} pixels"
    if max(shifts) < NEAR_PX:
        return [Reason(-1, f"no look was shifted by more than {most}")]
    return [Reason(0, f"looks were shifted by up to {most}, which was taken out")]


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
    reasons = []
    if name in (GREEN, "bare_soil", "brightness"):
        way = Way(scene.change.episode.sign, "changed the same way", "change the same way")
        reasons += _along(scene, name, way)
    looks = scene.looks.values()
    alone = sum(one.lowest_deg is None for one in looks)
    unseen = sum(one.lowest_deg is None or one.is_sun_new for one in looks)
    if alone == len(looks):
        reasons.append(Reason(1, "no look of an earlier season is there to compare with"))
    elif unseen:
        words = f"this part of the year was not seen before{_at(unseen, scene)}"
        reasons.append(Reason(_if_all(unseen, scene), words))
    return reasons


def _stayed(scene: Scene, way: Way) -> Reason | None:
    """Why the brightness of the zone does not speak for a cause; None if it may."""
    here = scene.mean("brightness", scene.zone)
    if here is None:
        return Reason(0, "the brightness of the zone was not measured")
    if way.sign * here < STAYED:
        return Reason(-1, f"the zone did not {way.move}")
    return None


def _along(scene: Scene, index_name: str, way: Way) -> list[Reason]:
    """Whether the other zones moved along at the same looks."""
    others = scene.elsewhere(index_name)
    if not others:
        return []
    moved = sum(way.sign * mean >= MOVED for mean in others)
    stayed = sum(way.sign * mean < STAYED for mean in others)
    of = f"of {len(others)} other zones"
    if 2 * stayed > len(others):
        return [Reason(-1, f"{stayed} {of} did not {way.move} at the same looks")]
    leans = int(2 * moved > len(others))
    return [Reason(leans, f"{moved} {of} {way.moved} at the same looks")]


def _if_all(count: int, scene: Scene) -> int:
    """What so many looks lean to: to the cause only if they are all of them."""
    return int(count == len(scene.looks))


def _at(count: int, scene: Scene) -> str:
    """At how many of the looks, where not at all of them."""
    return "" if count == len(scene.looks) else f" at {count} of {len(scene.looks)} looks"


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
