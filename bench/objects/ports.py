"""Ports of a folder: bands, ground pixel and what people labelled as vessels.

Reading only; the layout is that of sen2ships (Sentinel Hub, Web Mercator, COCO labels).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import rasterio

from bench.objects.labels import Label, read_labels
from resources.models import REFLECTANCE_BANDS, BandName

NEEDED: Final[tuple[BandName, ...]] = ("blue", "green", "red", "nir")
WEB_MERCATOR: Final = 3857


@dataclass(frozen=True, slots=True)
class Port:
    """One scene of a port.

    Attributes:
        name: as its item calls it.
        reflectance: shape (band, y, x), bands as in REFLECTANCE_BANDS; NaN for those it lacks.
        clear: shape (y, x), pixels with the 10 m bands.
        pixel_m: ground pixel, metres.
        labels: vessels that people marked.
    """

    name: str
    reflectance: npt.NDArray[np.float64]
    clear: npt.NDArray[np.bool_]
    pixel_m: float
    labels: tuple[Label, ...]


def read_ports(folder: Path) -> list[Port]:
    """Every scene of a folder that has `archive/items.json` and `labels/NAME/*_coco.json`.

    Raises:
        ValueError: something of that layout is missing or does not fit together.
    """
    catalogue = folder / "archive" / "items.json"
    if not catalogue.is_file():
        raise ValueError(
            f"{folder} must hold archive/items.json and labels/NAME/*_coco.json, found no "
            "items.json; give the folder with --data."
        )
    items = json.loads(catalogue.read_text(encoding="utf-8"))["features"]
    return [_read_port(item, folder) for item in sorted(items, key=lambda item: str(item["id"]))]


def _read_port(item: Mapping[str, Any], folder: Path) -> Port:
    """One scene with its labels."""
    name = _name(str(item["id"]))
    assets = item["assets"]
    lacking = [band for band in NEEDED if band not in assets]
    if lacking:
        raise ValueError(f"Port {name} must have {', '.join(NEEDED)}; it lacks {lacking}.")
    planes = {
        band: _read_band(assets[band], folder / "archive")
        for band in REFLECTANCE_BANDS
        if band in assets
    }
    shapes = {band: plane.shape for band, plane in planes.items()}
    if len(set(shapes.values())) != 1:
        raise ValueError(f"Port {name} must have its bands on one grid, found {shapes}.")
    shape = planes["blue"].shape
    reflectance = np.full((len(REFLECTANCE_BANDS), *shape), np.nan)
    for band, plane in planes.items():
        reflectance[REFLECTANCE_BANDS.index(band)] = plane
    clear = np.asarray(np.all([np.isfinite(planes[band]) for band in NEEDED], axis=0))
    labels = read_labels(_label_file(folder / "labels", name), shape)
    return Port(name, reflectance, clear, _ground_pixel_m(item), labels)


def _read_band(asset: Mapping[str, Any], archive: Path) -> npt.NDArray[np.float64]:
    """Reflectance of a band, shape (y, x); NaN where the file has no data."""
    declared = asset.get("raster:bands", [{}])[0]
    with rasterio.open(archive / str(asset["href"])) as source:
        stored = source.read(1).astype(np.float64)
    values = stored * declared.get("scale", 1e-4) + declared.get("offset", 0.0)
    return np.where(stored == declared.get("nodata", 0), np.nan, values)


def _ground_pixel_m(item: Mapping[str, Any]) -> float:
    """Edge of a pixel on the ground, metres; Web Mercator's pixels shrink by cos(latitude)."""
    properties, blue = item["properties"], item["assets"]["blue"]
    transform = blue.get("proj:transform") or properties["proj:transform"]
    _, south, _, north = item["bbox"]
    is_mercator = properties.get("proj:epsg", WEB_MERCATOR) == WEB_MERCATOR
    shrunk = math.cos(math.radians((south + north) / 2)) if is_mercator else 1.0
    return math.sqrt(abs(transform[0] * transform[4])) * shrunk


def _name(item_id: str) -> str:
    """S2_LOS_ANGELES_20230108_L2A -> los_angeles."""
    match = re.fullmatch(r"S2[A-Z]?_(.+?)_\d{8}.*", item_id)
    if match is None:
        raise ValueError(f"An item is called like S2_BUSAN_20220514_L2A, found {item_id!r}.")
    return match[1].lower()


def _label_file(labels: Path, name: str) -> Path:
    """The one file of labels of a port."""
    plain = re.sub(r"[^a-z0-9]", "", name)
    found = [
        path
        for path in sorted(labels.glob("*/*coco*.json"))
        if re.sub(r"[^a-z0-9]", "", path.parent.name.lower()) == plain
    ]
    if len(found) != 1:
        raise ValueError(f"Port {name} must have one labels/{name}/*_coco.json, found {found}.")
    return found[0]
