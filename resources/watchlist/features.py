"""One feature of a watch list: its properties and its place in the file.

The schema of the properties is a pydantic model; each fault is told in our words, with its
place. Polygons are checked in `polygons`; what concerns several features of a site, in
`watchlist.sites`; everything in metres, in `sizes`.
"""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from functools import lru_cache
from typing import Annotated, Any, ClassVar, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    SkipValidation,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pyproj import CRS
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from resources.models import SLUG, ZONE_KINDS, Zone, ZoneKind
from resources.watchlist.messages import FieldProblem, described_value
from resources.watchlist.polygons import read_polygon

MAX_NAME = 200  # chosen
"""Characters of a name."""
MAX_MARGIN_M = 5000.0  # metres of ground that pictures show round the zones; chosen
RATES = (0.01, 12.0)
"""False alarms a year that can be asked for: one in a century to one a month."""
MAX_EPSG = 1_000_000  # code, a bound to what is looked up; chosen
DEVICE = re.compile(r"con|prn|aux|nul|(?:com|lpt)[0-9]")
"""Names that Windows keeps for devices: no file or folder can be called so."""
BARRED_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories that no name may hold: controls, lone surrogates, line breaks."""
BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Invisible marks that show text in another order than it is stored."""
REQUIRED = ("site", "zone", "site_name", "name", "kind", "geometry")
SLUG_RULE = (
    "1 to 63 of a-z, 0-9, - and _, beginning and ending with a letter or digit "
    "(it becomes a path and a key)"
)
SLUG_REMEDY = "write it so, and put the full name in site_name or name"
TOLD = {
    "site": (SLUG_RULE, SLUG_REMEDY),
    "zone": (SLUG_RULE, SLUG_REMEDY),
    "kind": (f"one of {', '.join(ZONE_KINDS)}", "choose the nearest of these, or other"),
    "epsg": (
        "a number such as 32636",
        "write the EPSG code alone, or leave it out for the site's UTM zone",
    ),
    "margin_m": (
        f"metres from 0 to {MAX_MARGIN_M:.0f}",
        "write a number, or leave it out for 500",
    ),
    "false_alarms_per_year": (
        f"false alarms a year from {RATES[0]} to {RATES[1]:.0f}",
        "write a number, or leave it out for 0.5",
    ),
    "approximate": ("true or false", "write it without quotes"),
}
"""What is expected of a field, and the remedy; names and geometries have more faults than one."""


def _wrong_value(field: str, value: object) -> str:
    expected, remedy = TOLD[field]
    return f"expected {expected}, found {described_value(value)}; {remedy}."


def _usable_slug(value: str) -> str:
    if not SLUG.fullmatch(value):
        raise FieldProblem(_wrong_value("site", value))
    if DEVICE.fullmatch(value):
        raise FieldProblem(
            f"expected an id that can be a folder anywhere, found {described_value(value)}, "
            "which Windows reserves for a device; choose another."
        )
    return value


def _checked_name(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise FieldProblem(
            f"expected a name, found {described_value(value)}; say what a person calls it."
        )
    if len(value) > MAX_NAME:
        raise FieldProblem(
            f"expected at most {MAX_NAME} characters, found {len(value)}; shorten it."
        )
    for character in value:
        if unicodedata.category(character) in BARRED_CATEGORIES or character in BIDI_OVERRIDES:
            raise FieldProblem(
                "expected text of one line without control characters, "
                f"found U+{ord(character):04X}; take it out."
            )
    return value


def _suitable_epsg(value: float) -> int:
    """A code, also as 32636.0, which some tools write; its CRS must suit a north-up 10 m grid."""
    if not math.isfinite(value) or value != int(value):
        raise FieldProblem(_wrong_value("epsg", value))
    fault = crs_fault(int(value))
    if fault:
        raise FieldProblem(
            f"expected a projected CRS in metres, found {described_value(value)}, which {fault}; "
            "name another, or leave it out for the site's UTM zone."
        )
    return int(value)


@lru_cache(maxsize=64)
def crs_fault(epsg: int) -> str | None:
    """Why a grid of north-up pixels in metres cannot be made in a CRS; None where it can."""
    if not 0 < epsg < MAX_EPSG:
        return "is not a known EPSG code"
    try:
        crs = CRS.from_epsg(epsg)
    except CRSError:
        return "is not a known EPSG code"
    if not crs.is_projected:
        return f"is not projected ({crs.name})"
    if any(axis.unit_name != "metre" for axis in crs.axis_info[:2]):
        return f"is not in metres but in {crs.axis_info[0].unit_name} ({crs.name})"
    if any(axis.direction == "west" for axis in crs.axis_info[:2]):
        return f"counts westward ({crs.name})"
    return None


class FeatureDraft(BaseModel):
    """A feature as far as it could be read; None where a field is missing or wrong.

    The fields are the properties of the feature and its geometry. `place` says where it stands
    (file, number, site and zone), as errors do.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        strict=True, frozen=True, validate_default=True, arbitrary_types_allowed=True
    )

    place: SkipValidation[str]
    site: Annotated[str, AfterValidator(_usable_slug)] | None = None
    zone: Annotated[str, AfterValidator(_usable_slug)] | None = None
    site_name: Annotated[str | None, PlainValidator(_checked_name)] = None
    name: Annotated[str | None, PlainValidator(_checked_name)] = None
    kind: ZoneKind | None = None
    geometry: Annotated[BaseGeometry | None, PlainValidator(read_polygon)] = None
    epsg: Annotated[int | float, AfterValidator(_suitable_epsg)] | None = None
    margin_m: Annotated[float, Field(ge=0, le=MAX_MARGIN_M)] | None = None
    false_alarms_per_year: Annotated[float, Field(ge=RATES[0], le=RATES[1])] | None = None
    approximate: bool | None = None

    @field_validator("*", mode="wrap")
    @classmethod
    def _told_or_read(
        cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Any:
        """The value of a field; None where it is wrong, which is added to the problems."""
        field = str(info.field_name)
        try:
            read = handler(value)
        except ValidationError as error:
            own = error.errors()[0].get("ctx", {}).get("error")
            text = str(own) if isinstance(own, FieldProblem) else _wrong_value(field, value)
        else:
            if read is not None or field not in REQUIRED:
                return read
            text = _wrong_value(field, value)
        cast("list[str]", info.context).append(f"{info.data['place']}, field {field}: {text}")
        return None

    def as_zone(self) -> Zone | None:
        """The zone; None where something is wrong with it."""
        if self.zone is None or self.name is None or self.kind is None or self.geometry is None:
            return None
        return Zone(self.zone, self.name, self.kind, self.geometry, bool(self.approximate))


KNOWN = tuple(field for field in FeatureDraft.model_fields if field not in ("place", "geometry"))


def read_feature(feature: Any, *, file: str, number: int, problems: list[str]) -> FeatureDraft:
    """A feature as far as it can be read; every problem is added to the list."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    place = _feature_place(properties, file, number)
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        kind = feature.get("type") if isinstance(feature, dict) else feature
        problems.append(
            f'{place}, field type: expected "Feature", found {described_value(kind)}; '
            "make each zone a GeoJSON feature."
        )
        return FeatureDraft.model_construct(place=place)
    if not isinstance(properties, dict):
        problems.append(
            f"{place}, field properties: expected site, site_name, zone, name and kind, "
            f"found {described_value(properties)}; add them."
        )
        return FeatureDraft.model_construct(place=place)
    problems += [
        f"{place}, field {described_value(key)}: {text}"
        for key, text in _misspelt_fields(properties)
    ]
    own = {"place": place, "geometry": feature.get("geometry")}
    return FeatureDraft.model_validate({**properties, **own}, context=problems)


def _feature_place(properties: Any, file: str, number: int) -> str:
    """Where a feature stands, whatever it holds."""
    ids = properties if isinstance(properties, dict) else {}
    site, zone = (_id_label(ids.get(field)) for field in ("site", "zone"))
    return f"{file}, feature {number} (site {site}, zone {zone})"


def _id_label(value: Any) -> str:
    return value if isinstance(value, str) and SLUG.fullmatch(value) else described_value(value)


def _misspelt_fields(properties: dict[str, Any]) -> list[tuple[str, str]]:
    """Properties that are nearly one that we know: left alone, they would be lost in silence."""
    found = []
    for key in properties:
        plain = key.lower().replace("-", "_").replace(" ", "_")
        near = difflib.get_close_matches(plain[:64], KNOWN, n=1, cutoff=0.85)
        if key not in KNOWN and near:
            found.append((key, f"expected {near[0]}, found another spelling; rename it."))
    return found
