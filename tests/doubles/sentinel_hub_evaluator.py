"""Runs an evalscript as the Process API does, in a real JavaScript engine, and writes the TIFF.

Scenes in, bytes out; no HTTP, and nothing of sitewatch.
"""

import datetime as dt
import json

import numpy as np
import quickjs
from doubles.sentinel_hub_scenes import transform_of
from rasterio.io import MemoryFile

UNITS = {
    **{name: {"REFLECTANCE", "DN"} for name in ("B02", "B03", "B04", "B08", "B8A", "B11", "B12")},
    **{name: {"DN"} for name in ("SCL", "dataMask")},
    **{name: {"PERCENT"} for name in ("CLD", "SNW")},
    **{name: {"DEGREES"} for name in ("sunAzimuthAngles", "sunZenithAngles")},
    **{name: {"DEGREES"} for name in ("viewAzimuthMean", "viewZenithMean")},
}
"""Bands of Sentinel-2 L2A in the documentation of CDSE, and the units that each may be had in."""
RUN = """
function run(names, columns) {
  return columns[0].map((_, i) => {
    const sample = {};
    names.forEach((name, k) => { sample[name] = columns[k][i]; });
    return evaluatePixel(sample);
  });
}
"""


class BadScript(ValueError):
    """The evalscript is not one that the service would run."""


def evaluate(body: dict, scenes: list) -> tuple[bytes, float]:
    """The TIFF that a Process request asks for, and what it costs in processing units."""
    engine = quickjs.Context()
    engine.eval(body["evalscript"] + RUN)
    setup = json.loads(engine.eval("JSON.stringify(setup())"))
    names, units = _inputs(body["evalscript"], setup)
    bounds, output, data = body["input"]["bounds"], body["output"], body["input"]["data"][0]
    shape = output["height"], output["width"]
    epsg = int(bounds["properties"]["crs"].rsplit("/", 1)[1])
    samples = _mosaic(data, scenes, bounds["bbox"], epsg, shape)
    columns = [samples[pair].ravel().tolist() for pair in zip(names, units, strict=True)]
    pixels = json.loads(
        engine.eval(f"JSON.stringify(run({json.dumps(names)}, {json.dumps(columns)}))")
    )
    written = np.array(pixels, dtype=np.float64).reshape(*shape, -1).transpose(2, 0, 1)
    if written.shape[0] != setup["output"]["bands"]:
        raise BadScript(f"evaluatePixel gives {written.shape[0]} numbers")
    numbers = np.clip(np.nan_to_num(np.round(written)), 0, 65535).astype(np.uint16)
    area = max(0.01, shape[0] * shape[1] / 262_144)
    paid = len([name for name in names if name != "dataMask"])
    return _tiff(numbers, bounds["bbox"], epsg), max(0.005, area * paid / 3)


def _inputs(script: str, setup: dict) -> tuple[list[str], list[str]]:
    if not script.startswith("//VERSION=3"):
        raise BadScript("it must begin with //VERSION=3")
    (given,) = setup["input"]
    names, units = given["bands"], given["units"]
    if len(names) != len(units):
        raise BadScript("bands and units must be as many")
    for name, unit in zip(names, units, strict=True):
        if unit not in UNITS.get(name, set()):
            raise BadScript(f"{name} cannot be had in {unit}")
    if setup.get("mosaicking", "SIMPLE") != "SIMPLE":
        raise BadScript("this double mosaics SIMPLE alone")
    if setup["output"].get("sampleType") != "UINT16":
        raise BadScript("this double writes UINT16 alone")
    return names, units


def _mosaic(data: dict, scenes: list, box: list[float], epsg: int, shape: tuple[int, int]) -> dict:
    """Per pixel the first scene that saw it, as `mosaickingOrder` puts them; zeros elsewhere."""
    span = data["dataFilter"]["timeRange"]
    first, last = (dt.datetime.fromisoformat(span[end]) for end in ("from", "to"))
    harmonize = data.get("processing", {}).get("harmonizeValues", True)
    found = [scene for scene in scenes if first <= scene.sensed_at <= last]
    is_recent = data["dataFilter"].get("mosaickingOrder", "mostRecent") == "mostRecent"
    found.sort(key=lambda scene: (scene.sensed_at, scene.product), reverse=is_recent)
    whole: dict = {(name, unit): np.zeros(shape) for name in UNITS for unit in UNITS[name]}
    seen = np.zeros(shape, bool)
    for scene in found:
        part = scene.samples(box, epsg, shape, harmonize=harmonize)
        fresh = (part["dataMask", "DN"] > 0) & ~seen
        for pair, numbers in part.items():
            whole[pair][fresh] = numbers[fresh]
        seen |= fresh
    return whole


def _tiff(numbers: np.ndarray, box: list[float], epsg: int) -> bytes:
    count, rows, columns = numbers.shape
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            count=count,
            height=rows,
            width=columns,
            dtype="uint16",
            crs=f"EPSG:{epsg}",
            transform=transform_of(box, (rows, columns)),
            compress="DEFLATE",
        ) as file:
            file.write(numbers)
        return bytes(memory.read())
