"""What surfaces and objects reflect, and how season, rain, snow and view angle change it.

Spectra and numbers by date only; where a material lies is `layout` and `ground`.
Spectra are round values typical of such surfaces in Sentinel-2 surface reflectance, chosen here.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from resources.models import REFLECTANCE_BANDS

Spectrum = npt.NDArray[np.float64]
"""Reflectance 0..1 in the order of `REFLECTANCE_BANDS`, shape (7,)."""


def _band_spectrum(*values: float) -> Spectrum:
    """Seven reflectances: blue, green, red, nir, nir08, swir16, swir22."""
    if len(values) != len(REFLECTANCE_BANDS):
        raise ValueError(f"A spectrum has {len(REFLECTANCE_BANDS)} values, found {len(values)}")
    return np.array(values)


HARD = {
    "concrete": _band_spectrum(0.190, 0.220, 0.245, 0.285, 0.290, 0.320, 0.290),
    "new_concrete": _band_spectrum(0.235, 0.270, 0.295, 0.340, 0.345, 0.370, 0.335),
    "old_concrete": _band_spectrum(0.150, 0.175, 0.195, 0.230, 0.235, 0.270, 0.250),
    "asphalt": _band_spectrum(0.090, 0.102, 0.112, 0.133, 0.138, 0.165, 0.155),
    "rubber": _band_spectrum(0.060, 0.066, 0.071, 0.085, 0.088, 0.105, 0.100),
    "gravel": _band_spectrum(0.140, 0.170, 0.195, 0.245, 0.252, 0.300, 0.270),
    "bare_soil": _band_spectrum(0.085, 0.115, 0.155, 0.235, 0.250, 0.330, 0.280),
    "white_roof": _band_spectrum(0.420, 0.450, 0.470, 0.480, 0.480, 0.420, 0.360),
    "grey_roof": _band_spectrum(0.185, 0.195, 0.205, 0.225, 0.230, 0.240, 0.215),
    "red_roof": _band_spectrum(0.080, 0.100, 0.190, 0.250, 0.260, 0.300, 0.270),
    "water": _band_spectrum(0.050, 0.052, 0.034, 0.022, 0.020, 0.012, 0.009),
}
"""Materials of the air base without a season."""

DRAWN_HARD = {
    **HARD,
    "sand": _band_spectrum(0.150, 0.215, 0.285, 0.345, 0.352, 0.420, 0.370),
    "dark_soil": _band_spectrum(0.045, 0.062, 0.082, 0.125, 0.135, 0.190, 0.160),
    "fresh_asphalt": _band_spectrum(0.045, 0.050, 0.054, 0.064, 0.067, 0.085, 0.085),
    "turbid_water": _band_spectrum(0.062, 0.082, 0.068, 0.038, 0.034, 0.014, 0.010),
}
"""Materials of drawn worlds without a season."""

GREEN = _band_spectrum(0.032, 0.062, 0.036, 0.420, 0.450, 0.200, 0.095)
DRY = _band_spectrum(0.078, 0.108, 0.138, 0.270, 0.290, 0.330, 0.230)
LEAVES = _band_spectrum(0.025, 0.045, 0.028, 0.320, 0.345, 0.150, 0.070)
NEEDLES = _band_spectrum(0.018, 0.033, 0.022, 0.215, 0.235, 0.100, 0.045)
TWIGS = _band_spectrum(0.045, 0.058, 0.068, 0.175, 0.190, 0.200, 0.135)
SNOW = _band_spectrum(0.760, 0.790, 0.790, 0.760, 0.740, 0.120, 0.100)
CLOUD = _band_spectrum(0.780, 0.760, 0.760, 0.780, 0.780, 0.480, 0.360)

LIGHT_AIRCRAFT = _band_spectrum(0.400, 0.425, 0.440, 0.460, 0.460, 0.390, 0.330)
DARK_AIRCRAFT = _band_spectrum(0.055, 0.068, 0.066, 0.120, 0.128, 0.130, 0.105)
VEHICLE = _band_spectrum(0.042, 0.056, 0.050, 0.125, 0.135, 0.120, 0.095)

SHADE = _band_spectrum(0.55, 0.62, 0.67, 0.73, 0.75, 0.82, 0.85)
"""Share of the light that a full shadow takes away; skylight remains, most of it blue."""

LIVING = ("lush_grass", "thin_grass", "wheat", "maize", "pasture", "trees")
MATERIALS: tuple[str, ...] = (*HARD, *LIVING)

PHENOLOGY: dict[str, tuple[float, tuple[tuple[int, int, float], ...]]] = {
    "lush_grass": (0.50, ((135, 45, 0.40), (225, 35, -0.16))),
    "thin_grass": (0.34, ((130, 42, 0.38), (225, 40, -0.18))),
    "pasture": (0.58, ((140, 55, 0.32), (230, 30, -0.12))),
    "wheat": (0.10, ((115, 42, 0.78), (350, 40, 0.14))),
    "maize": (0.06, ((205, 32, 0.84),)),
    "trees": (0.12, ((190, 62, 0.86),)),
}
"""Least green share, and rises and falls: day of the year, width in days, height."""

WETTING = {
    "concrete": 0.12,
    "new_concrete": 0.10,
    "old_concrete": 0.14,
    "asphalt": 0.10,
    "gravel": 0.16,
    "bare_soil": 0.34,
}
"""Share of reflectance that is lost when soaked."""

SNOW_HOLD = {
    "concrete": 0.30,
    "new_concrete": 0.30,
    "old_concrete": 0.70,
    "asphalt": 0.15,
    "rubber": 0.10,
    "trees": 0.40,
    "water": 0.0,
}
"""Share of a material that is white under full snow; 0.92 where not named (unswept ground)."""
SNOW_HOLD_ELSEWHERE = 0.92

ORBIT_GAIN = {21: 0.018, 121: -0.018}
"""Brightness by view direction, relative: a few per cent between the two relative orbits."""
LIVING_ORBIT_FACTOR = 1.9
"""Vegetation depends more on the view direction than pavement does."""


@dataclass(frozen=True, slots=True)
class GroundState:
    """What the ground is like on a day.

    Attributes:
        day: UTC.
        relative_orbit: from which it is seen.
        wetness: 0 dry .. 1 soaked.
        snow: 0 none .. 1 full cover.
        vigour: of the season's growth, about 0; adds to the green share.
    """

    day: dt.date
    relative_orbit: int
    wetness: float = 0.0
    snow: float = 0.0
    vigour: float = 0.0


def green_share(material: str, day: dt.date, vigour: float = 0.0) -> float:
    """Green part of a living material on a day, 0..1: its phenology."""
    year = day.timetuple().tm_yday
    least, bumps = PHENOLOGY[material]
    green = least
    for peak, width, height in bumps:
        green += _seasonal_bump(year, peak, width, height)
    return min(max(green + vigour, 0.02), 0.98)


def material_spectra(state: GroundState) -> npt.NDArray[np.float64]:
    """Reflectance of every material on a day, shape (materials, bands), order of `MATERIALS`."""
    rows = [_dry_spectrum(name, state) for name in MATERIALS]
    for number, name in enumerate(MATERIALS):
        rows[number] = rows[number] * (1 - WETTING.get(name, 0.0) * state.wetness)
        white = state.snow * SNOW_HOLD.get(name, SNOW_HOLD_ELSEWHERE)
        rows[number] = (1 - white) * rows[number] + white * SNOW
        rows[number] = rows[number] * _orbit_gain(name, state.relative_orbit)
    return np.array(rows)


def _dry_spectrum(name: str, state: GroundState) -> Spectrum:
    """A material before rain, snow and view angle."""
    if name in HARD:
        return HARD[name]
    green = green_share(name, state.day, state.vigour)
    full, empty = (LEAVES, TWIGS) if name == "trees" else (GREEN, DRY)
    return green * full + (1 - green) * empty


def _orbit_gain(name: str, relative_orbit: int) -> float:
    """Factor on the reflectance of a material by relative orbit."""
    factor = LIVING_ORBIT_FACTOR if name in LIVING else 1.0
    return 1 + factor * ORBIT_GAIN.get(relative_orbit, 0.0)


def _seasonal_bump(day_of_year: int, peak: int, width: int, height: float) -> float:
    """A rise and fall round a day of the year, going round at New Year."""
    distance = abs(day_of_year - peak)
    distance = min(distance, 365 - distance)
    return height * math.exp(-0.5 * (distance / width) ** 2)
