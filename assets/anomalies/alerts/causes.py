"""Ordinary causes of a change, with what the looks say for and against each. Pure.

Each test is a few lines and gives its reasons in plain words. The sentence on what was measured is
written in `wording`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from assets.anomalies.alerts.circumstances import LOW_SUN_DEGREES, ByZone, LookCircumstances
from assets.anomalies.alerts.evidence import AlertEvidence
from assets.anomalies.change_tests.series import LookKey, SeriesKey

MOVED: Final = 1.5  # errors by which a neighbour's look has moved along
STAYED: Final = 1.0  # errors within which it has not
HAZE: Final = 0.02  # part of a zone under haze that matters
HIGH_SUN_DEG: Final = 45.0  # above which shadows are shorter than what casts them
NEAR_PX: Final = 0.5  # shift that lowers trust in edges (facts, 1.8)
ORBITS: Final = 2  # geometries that must show a change for a reflection to be unlikely
GREEN: Final = "ndvi"
EDGES: Final = ("texture", "pattern", "novelty", "changed_area")


class CauseReason(NamedTuple):
    """What the looks say of a cause: `leans` is 1 for it, -1 against it, 0 for neither."""

    leans: int
    words: str


class ChangeDirection(NamedTuple):
    """Which way zones moved: the sign of z, that they did so, and the verb after "did not"."""

    sign: int
    moved: str
    move: str


BRIGHTER: Final = ChangeDirection(1, "brightened", "brighten")  # sign and words
DARKER: Final = ChangeDirection(-1, "darkened", "darken")  # as BRIGHTER


@dataclass(frozen=True, slots=True)
class OrdinaryCause:
    """An ordinary cause with what speaks for and against it."""

    name: str
    reasons: tuple[CauseReason, ...]

    @property
    def is_likely(self) -> bool:
        """Whether something speaks for it and nothing against."""
        leans = {reason.leans for reason in self.reasons}
        return 1 in leans and -1 not in leans

    @property
    def weight(self) -> int:
        """Number of reasons for the cause less those against it."""
        return sum(reason.leans for reason in self.reasons)


Departures = Mapping[SeriesKey, Mapping[LookKey, float]]
"""z by series and look, of the whole site."""


@dataclass(frozen=True, slots=True)
class ChangeContext:
    """What the tests of causes look at.

    Attributes:
        change: the evidence.
        looks: those that show it, with their circumstances.
        departures: of all series of the site.
    """

    change: AlertEvidence
    looks: Mapping[LookKey, LookCircumstances]
    departures: Departures

    @property
    def zone(self) -> str:
        """Id of the zone of the change."""
        return self.change.key.zone_id

    def mean(self, index_name: str, zone_id: str) -> float | None:
        """Mean departure of a series over the looks of the change; None if it has none."""
        series = self.departures.get(SeriesKey(zone_id, index_name), {})
        found = [series[look] for look in self.looks if look in series]
        return sum(found) / len(found) if found else None

    def elsewhere(self, index_name: str) -> list[float]:
        """Mean departures of the index in every other zone that has one, by order of zone ids."""
        zones = {key.zone_id for key in self.departures} - {self.zone}
        means = [self.mean(index_name, zone) for zone in sorted(zones)]
        return [mean for mean in means if mean is not None]


def ordinary_causes(
    change: AlertEvidence, by_zone: ByZone, departures: Departures
) -> list[OrdinaryCause]:
    """Test every ordinary cause of a change against the looks that show it.

    Args:
        change: change of one series, with at least one look that shows it.
        by_zone: circumstances of each look by zone id.
        departures: departures of all series of the site, z in standard errors, by series and look.

    Returns:
        All causes of TESTS, the likely ones first, then by reasons for less reasons against.

    Raises:
        KeyError: `by_zone` lacks the zone of the change, or a look that shows it.
        ValueError: no look shows the change.

    Source:
        The project's own rules: docs/methods/alerts.md, "Ordinary causes"; held by
        tests/unit/assets/anomalies/test_causes.py.
    """
    looks = {
        (look := change.series[at].look): by_zone[change.key.zone_id][look]
        for at in change.episode.agreeing
    }
    scene = ChangeContext(change, looks, departures)
    found = [OrdinaryCause(name, tuple(test(scene))) for name, test in TESTS.items()]
    return sorted(found, key=lambda cause: (-cause.is_likely, -cause.weight))


def _snow_reasons(scene: ChangeContext) -> list[CauseReason]:
    after = [one for one in scene.looks.values() if one.is_after_snow]
    if not after:
        return [CauseReason(-1, "no snow was seen at the site in the 30 days before")]
    if len(after) == len(scene.looks):
        return [CauseReason(1, "snow was seen at the site in the 30 days before each look")]
    return [CauseReason(0, "snow was seen at the site in the 30 days before some of the looks")]


def _wet_ground_reasons(scene: ChangeContext) -> list[CauseReason]:
    stayed = _brightness_objection(scene, DARKER)
    return [stayed] if stayed else _other_zone_reasons(scene, "brightness", DARKER)


def _haze_reasons(scene: ChangeContext) -> list[CauseReason]:
    reasons = []
    share = max((one.haze_fraction for one in scene.looks.values()), default=0.0)
    if share >= HAZE:
        reasons.append(CauseReason(1, f"the mask saw haze over up to {share:.0%} of the zone"))
    stayed = _brightness_objection(scene, BRIGHTER)
    if stayed:
        return [*reasons, stayed]
    return reasons + _other_zone_reasons(scene, "brightness", BRIGHTER)


def _low_sun_reasons(scene: ChangeContext) -> list[CauseReason]:
    looks = list(scene.looks.values())
    new = [one.sun_deg for one in looks if one.is_sun_new]
    if new:
        which = _look_count_words(len(new), scene)
        words = f"the sun stood lower than at any look of earlier seasons{which}"
        return [
            CauseReason(_leans_if_all(len(new), scene), f"{words}, down to {min(new):.0f} degrees")
        ]
    low = min(one.sun_deg for one in looks)
    if low >= HIGH_SUN_DEG:
        return [CauseReason(-1, f"the sun stood at {low:.0f} degrees or more")]
    alone = sum(one.lowest_deg is None for one in looks)
    if alone:
        which = _look_count_words(alone, scene)
        words = f"no look of an earlier season is there to compare the sun with{which}"
        return [CauseReason(0, words)]
    lower = sum(not one.was_sun_as_low for one in looks)
    if lower:
        words = f"the sun stood lower than in earlier seasons{_look_count_words(lower, scene)}"
        return [CauseReason(0, f"{words}, but not under {LOW_SUN_DEGREES:.0f} degrees")]
    return [CauseReason(-1, f"earlier looks had the sun as low as its {low:.0f} degrees")]


def _glint_reasons(scene: ChangeContext) -> list[CauseReason]:
    stayed = _brightness_objection(scene, BRIGHTER)
    if stayed:
        return [stayed]
    orbits = {one.orbit for one in scene.looks.values()} - {None}
    if len(orbits) >= ORBITS:
        return [CauseReason(-1, f"looks from {len(orbits)} orbits show it")]
    unknown = sum(one.orbit is None for one in scene.looks.values())
    if unknown:
        return [CauseReason(0, f"no relative orbit is known{_look_count_words(unknown, scene)}")]
    return [CauseReason(0, "looks of one orbit alone show it")]


def _registration_reasons(scene: ChangeContext) -> list[CauseReason]:
    unsure = [one for one in scene.looks.values() if one.is_unsure]
    if unsure and scene.change.key.index_name in EDGES:
        of = f"{len(unsure)} of {len(scene.looks)} looks"
        leans = _leans_if_all(len(unsure), scene)
        return [CauseReason(leans, f"the registration of {of} is large or unsure")]
    shifts = [one.shift_px for one in scene.looks.values() if one.shift_px is not None]
    unknown = len(scene.looks) - len(shifts)
    if not shifts:
        return [CauseReason(0, "the shift of no look is known")]
    if unknown:
        return [CauseReason(0, f"the shift of {unknown} of {len(scene.looks)} looks is not known")]
    most = f"{max(shifts):.1f} pixels"
    if max(shifts) < NEAR_PX:
        return [CauseReason(-1, f"no look was shifted by more than {most}")]
    return [CauseReason(0, f"looks were shifted by up to {most}, which was taken out")]


def _works_reasons(scene: ChangeContext) -> list[CauseReason]:
    green = scene.mean(GREEN, scene.zone)
    bare = scene.mean("bare_soil", scene.zone)
    if green is None or bare is None:
        return []
    if green < -MOVED and bare > MOVED:
        return [CauseReason(1, "the zone became less green and barer")]
    if abs(green) < STAYED and abs(bare) < STAYED:
        return [CauseReason(-1, "neither greenness nor bare ground of the zone changed")]
    return [CauseReason(0, "greenness or bare ground of the zone changed a little")]


def _season_reasons(scene: ChangeContext) -> list[CauseReason]:
    name = scene.change.key.index_name
    reasons = []
    if name in (GREEN, "bare_soil", "brightness"):
        way = ChangeDirection(
            scene.change.episode.sign, "changed the same way", "change the same way"
        )
        reasons += _other_zone_reasons(scene, name, way)
    looks = scene.looks.values()
    alone = sum(one.lowest_deg is None for one in looks)
    unseen = sum(one.lowest_deg is None or one.is_sun_new for one in looks)
    if alone == len(looks):
        reasons.append(CauseReason(1, "no look of an earlier season is there to compare with"))
    elif unseen:
        words = f"this part of the year was not seen before{_look_count_words(unseen, scene)}"
        reasons.append(CauseReason(_leans_if_all(unseen, scene), words))
    return reasons


def _brightness_objection(scene: ChangeContext, way: ChangeDirection) -> CauseReason | None:
    """Why the brightness of the zone does not speak for a cause; None if it may."""
    here = scene.mean("brightness", scene.zone)
    if here is None:
        return CauseReason(0, "the brightness of the zone was not measured")
    if way.sign * here < STAYED:
        return CauseReason(-1, f"the zone did not {way.move}")
    return None


def _other_zone_reasons(
    scene: ChangeContext, index_name: str, way: ChangeDirection
) -> list[CauseReason]:
    """Whether the other zones moved along at the same looks."""
    others = scene.elsewhere(index_name)
    if not others:
        return []
    moved = sum(way.sign * mean >= MOVED for mean in others)
    stayed = sum(way.sign * mean < STAYED for mean in others)
    of = f"of {len(others)} other zones"
    if 2 * stayed > len(others):
        return [CauseReason(-1, f"{stayed} {of} did not {way.move} at the same looks")]
    leans = int(2 * moved > len(others))
    return [CauseReason(leans, f"{moved} {of} {way.moved} at the same looks")]


def _leans_if_all(count: int, scene: ChangeContext) -> int:
    """1, for the cause, if so many looks are all of the change; else 0."""
    return int(count == len(scene.looks))


def _look_count_words(count: int, scene: ChangeContext) -> str:
    """Words for how many looks of the change these are; none where they are all."""
    return "" if count == len(scene.looks) else f" at {count} of {len(scene.looks)} looks"


TESTS: Final[dict[str, Callable[[ChangeContext], Sequence[CauseReason]]]] = {
    "snow": _snow_reasons,
    "wet ground": _wet_ground_reasons,
    "haze left over": _haze_reasons,
    "shadow and low sun": _low_sun_reasons,
    "glint": _glint_reasons,
    "registration": _registration_reasons,
    "works": _works_reasons,
    "season": _season_reasons,
}
"""Ordinary causes, to be ruled out before any other (facts, section 5)."""
