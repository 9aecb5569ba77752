"""What an alert says in words: what was measured, how sure it is, and what else could cause it.

Never what it means: no aircraft, deployment or attack is read from pixels of 10 m.
"""

from __future__ import annotations

from collections.abc import Mapping

from assets.activity.indices import UNITS
from assets.anomalies.alerts import Alert, Evidence

CAUSES: dict[str, tuple[str, ...]] = {
    "brightness": ("wet or drying ground", "snow", "haze", "glint", "low sun", "works"),
    "ndvi": ("season", "mowing or harvest", "drought", "haze", "works"),
    "bare_soil": ("drought", "ploughing", "season", "works"),
    "texture": ("shadow", "registration", "snow patches", "works"),
    "occupancy": ("shadow", "snow", "wet ground", "haze", "glint", "registration", "works"),
}
"""Ordinary causes of a change in each index, to be ruled out before any other."""

NAMES = {"ndvi": "NDVI", "bare_soil": "bare soil index"}
"""Indices whose name in a sentence is not that of their column."""
CAVEAT = "Confirm it independently before drawing conclusions."
DIGITS = {"m2": "{:.0f} m2", "reflectance": "{:.3f} reflectance", "1": "{:.3f}"}


def ordinary_causes(index_name: str) -> list[str]:
    """What could also move an index."""
    return list(CAUSES[index_name])


def quantity(value: float, index_name: str) -> str:
    """A value with its unit."""
    return DIGITS[UNITS[index_name]].format(value)


def sentence(evidence: Evidence, zone_name: str) -> str:
    """What was measured at the peak of one series."""
    look = evidence.peak
    effect = evidence.episode.effect(evidence.series)
    moved = "rose" if effect > 0 else "fell"
    if evidence.episode.against == "baseline":
        against = f"{abs(look.z):.1f} sigma from its same-orbit baseline"
    else:
        against = "back from the level of the earlier change"
    name = NAMES.get(evidence.key.index_name, evidence.key.index_name)
    size = quantity(abs(effect), evidence.key.index_name)
    return f"{name} of {zone_name} {moved} by {size}, {against}, on {look.sensed_at:%Y-%m-%d}"


def summary(alert: Alert, zone_names: Mapping[str, str]) -> str:
    """An alert in two or three sentences, with how sure it is."""
    strongest = alert.strongest
    said = sentence(strongest, zone_names[strongest.key.zone_id])
    others = len(alert.evidence) - 1
    more = f" {others} more series moved with it." if others else ""
    return f"{said[0].upper()}{said[1:]}.{more} {_certainty(alert)} {CAVEAT}"


def _certainty(alert: Alert) -> str:
    """How far the looks go."""
    count = alert.confirmations
    looks = f"{count} further clear look{'' if count == 1 else 's'}"
    if alert.confirmed_at is None and alert.closed_at is None:
        return "One clear look shows it: too early to tell."
    if alert.confirmed_at is None:
        return "No second clear look agreed: it was not confirmed."
    if alert.closed_at is not None:
        return f"{looks} agreed; it no longer stands out from the looks before it."
    return f"{looks} agree."
