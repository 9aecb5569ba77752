"""The evalscript that Sentinel Hub runs on every pixel for us, and what its output means.

Text and numbers only; sending it and reading the answer is `sentinel_hub.process`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from resources.models import REFLECTANCE_BANDS, BandName

OFFSET_DN: Final = -1000  # asked for, as products have it since baseline 04.00
SCALE: Final = 1e-4  # reflectance of one digital number, as in the product
ANGLE_SCALE: Final = 0.01  # degrees of one number of an angle
NOT_TOLD: Final = 65535  # an angle that the service has no number for

INPUTS: Final[dict[BandName, tuple[str, str]]] = {
    "blue": ("B02", "REFLECTANCE"),
    "green": ("B03", "REFLECTANCE"),
    "red": ("B04", "REFLECTANCE"),
    "nir": ("B08", "REFLECTANCE"),
    "nir08": ("B8A", "REFLECTANCE"),
    "swir16": ("B11", "REFLECTANCE"),
    "swir22": ("B12", "REFLECTANCE"),
    "scl": ("SCL", "DN"),
    "cloud": ("CLD", "PERCENT"),
    "snow": ("SNW", "PERCENT"),
}
"""Sentinel Hub's names and units of our bands. Its own cloud masks CLM and CLP are left out: they
are computed at 160 m, larger than an apron, and CDSE's documentation does not have them."""

ANGLES: Final = ("sunAzimuthAngles", "sunZenithAngles", "viewAzimuthMean", "viewZenithMean")
"""Written after the bands, in this order, in units of ANGLE_SCALE; dataMask comes last."""


def band_count(bands: Sequence[BandName]) -> int:
    """How many bands the output has: those asked for, angles and dataMask."""
    return len(bands) + len(ANGLES) + 1


def build_evalscript(bands: Sequence[BandName]) -> str:
    """Writes bands, angles and dataMask as 16 bits, without losing negative reflectance.

    Reflectance is asked for as such and not harmonised: harmonised values, and DN harmonised or
    not, are either clamped to 0 or differ in meaning from one baseline to the next. The negative
    numbers over water and shadow are real, and a mean over them is wrong without them. As 16 bits
    know no sign, the numbers are written as products have them since baseline 04.00: reflectance
    x 10000 + 1000, at least 1, since 0 says that nothing was seen (dataMask).

    Source:
        docs.sentinel-hub.com, Evalscript V3; harmonizeValues: forum.sentinel-hub.com, topic 4635
    """
    names = [INPUTS[band][0] for band in bands] + [*ANGLES, "dataMask"]
    units = [INPUTS[band][1] for band in bands] + ["DEGREES"] * len(ANGLES) + ["DN"]
    written = [_output_expression(band) for band in bands]
    written += [f"degrees(pixel.{name})" for name in ANGLES]
    return _TEMPLATE.format(
        names=_comma_separated(f'"{name}"' for name in names),
        units=_comma_separated(f'"{unit}"' for unit in units),
        count=band_count(bands),
        scale=round(1 / SCALE),
        offset=-OFFSET_DN,
        angle_scale=round(1 / ANGLE_SCALE),
        not_told=NOT_TOLD,
        written=_comma_separated([*written, "1"]),
    )


def evalscript_version(script: str) -> str:
    """What a band was made by, for the record: two scripts never share it."""
    digest = hashlib.sha256(script.encode()).hexdigest()[:16]
    return f"harmonizeValues=false;evalscript={digest}"


def _output_expression(band: BandName) -> str:
    name = INPUTS[band][0]
    return f"number(pixel.{name})" if band in REFLECTANCE_BANDS else f"pixel.{name}"


def _comma_separated(texts: Iterable[str]) -> str:
    return ", ".join(texts)


_TEMPLATE: Final = """//VERSION=3
function setup() {{
  return {{
    input: [{{
      bands: [{names}],
      units: [{units}]
    }}],
    output: {{ bands: {count}, sampleType: "UINT16" }},
    mosaicking: "SIMPLE"
  }};
}}

function number(reflectance) {{
  return Math.min(65535, Math.max(1, Math.round(reflectance * {scale}) + {offset}));
}}

function degrees(angle) {{
  return isFinite(angle) ? Math.round(((angle % 360) + 360) % 360 * {angle_scale}) : {not_told};
}}

function evaluatePixel(pixel) {{
  if (!pixel.dataMask) {{
    return new Array({count}).fill(0);
  }}
  return [{written}];
}}
"""
