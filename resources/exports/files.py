"""Files of an answer that carry what a stranger needs: units, attribution, places.

GeoParquet and GeoJSON here, CSV in `exports.csv`; what is in the answer is decided in
`resources.lake.questions`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from resources.atomic_files import atomic_replacement
from resources.errors import ExportError
from resources.exports.csv import write_csv
from resources.lake.questions.answer_formats import arrow_rows, json_rows
from resources.lake.questions.answers import PLACE, LakeAnswer

GEOPARQUET: Final = "1.1.0"
LONGEST_DEG: Final = (180.0, 90.0) * 2  # of longitude and latitude, twice for a box
DECIMALS: Final = 7  # of coordinates in text, about a centimetre


def write_answer(answer: LakeAnswer, to: Path) -> list[Path]:
    """Write an answer to a file, in the format of its ending: whole or not at all.

    Args:
        answer: open.
        to: `.parquet` (GeoParquet 1.1 where rows have places), `.csv` (with
            `NAME.csv-metadata.json` beside it, as W3C's CSV on the Web has it), or `.geojson`.

    Returns:
        The files written.

    Raises:
        ExportError: another ending, no such folder, or places that the format cannot have.
    """
    writers: dict[str, Callable[[LakeAnswer, Path], list[Path]]] = {
        ".parquet": _write_parquet,
        ".csv": write_csv,
        ".geojson": _write_geojson,
    }
    if to.suffix.lower() not in writers:
        raise ExportError(
            f"The file's name must end in {', '.join(writers)}, found {to.name!r}; name another."
        )
    if not to.parent.is_dir():
        raise ExportError(f"There is no folder {to.parent}; make it, or name another.")
    try:
        return writers[to.suffix.lower()](answer, to)
    except OSError as cause:
        raise ExportError(f"{to} cannot be written: {cause}") from cause


def answer_facts(answer: LakeAnswer) -> dict[str, object]:
    """What every format says of the whole: attribution, units, and what may not be read in."""
    return {
        "attribution": "; ".join(answer.credits),
        "simulated": answer.simulated,
        "caution": answer.caution,
        "question": answer.question,
        "columns": _column_facts(answer),
    }


def _column_facts(answer: LakeAnswer) -> dict[str, dict[str, str]]:
    """What each column holds, and in which unit."""
    return {one.name: {"description": one.description, "unit": one.unit} for one in answer.columns}


def _write_parquet(answer: LakeAnswer, to: Path) -> list[Path]:
    """Types as in the lake; units in the fields' metadata, attribution in the file's."""
    reader = arrow_rows(answer)
    told = _column_facts(answer)
    schema = pa.schema([field.with_metadata(told[field.name]) for field in reader.schema])
    facts = {key: _metadata_text(value) for key, value in answer_facts(answer).items()}
    with atomic_replacement(to) as fresh:
        seen = _GeometrySummary()
        with pq.ParquetWriter(fresh, schema, compression="zstd") as writer:
            for batch in reader:
                if answer.has_places:
                    seen.add(batch.column(PLACE).drop_null().unique().to_pylist())
                writer.write_batch(pa.record_batch(batch.columns, schema=schema))
            if answer.has_places:
                facts["geo"] = json.dumps(seen.geo())
            writer.add_key_value_metadata(facts)
    return [to]


class _GeometrySummary:
    """Types and bounds of the geometries that went by."""

    def __init__(self) -> None:
        self.types: set[str] = set()
        self.boxes: list[npt.NDArray[np.float64]] = []

    def add(self, wkb: list[bytes]) -> None:
        """Take note of some geometries; ExportError if they are not in degrees."""
        shapes = shapely.from_wkb(wkb)
        check_degrees(shapes)
        self.types.update(shape.geom_type + " Z" * shape.has_z for shape in shapes)
        self.boxes.append(shapely.bounds(shapes[~shapely.is_empty(shapes)]))

    def geo(self) -> dict[str, object]:
        """The metadata that makes Parquet GeoParquet; its default CRS is longitude, latitude."""
        place: dict[str, object] = {"encoding": "WKB", "geometry_types": sorted(self.types)}
        boxes = np.concatenate([*self.boxes, np.empty((0, 4))])
        if len(boxes):
            place["bbox"] = [*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()]
        return {"version": GEOPARQUET, "primary_column": PLACE, "columns": {PLACE: place}}


def check_degrees(shapes: npt.NDArray[np.object_]) -> None:
    """ExportError unless geometries can be longitude and latitude; None among them may be."""
    boxes = shapely.bounds(shapes)
    if (beyond := (np.abs(boxes) > LONGEST_DEG).any(axis=1)).any():
        raise ExportError(
            f"The column {PLACE} must hold longitude and latitude in degrees, found bounds "
            f"{tuple(boxes[beyond][0].tolist())}; transform it back to EPSG:4326, or give it "
            "another name."
        )


def _write_geojson(answer: LakeAnswer, to: Path) -> list[Path]:
    """RFC 7946: a feature a row; attribution, units and caution as foreign members."""
    if not answer.has_places:
        raise ExportError(
            "GeoJSON needs places, and the answer has neither geometry nor site_id or alert_id; "
            "select one of them too, or write .csv or .parquet."
        )
    with atomic_replacement(to) as fresh, fresh.open("w", encoding="utf-8") as file:
        head = {"type": "FeatureCollection", "name": to.stem, **answer_facts(answer)}
        file.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [')
        for place, feature in enumerate(_geojson_features(answer)):
            text = json.dumps(feature, ensure_ascii=False, allow_nan=False)
            file.write((",\n" if place else "\n") + text)
        file.write("\n]}\n")
    return [to]


def _geojson_features(answer: LakeAnswer) -> Iterator[dict[str, object]]:
    """A GeoJSON feature of each row."""
    for rows in json_rows(answer):
        places = _geojson_geometries({row[PLACE] for row in rows})
        for row in rows:
            yield {
                "type": "Feature",
                "geometry": places[row.pop(PLACE)],
                "properties": {
                    name: None if value is None else json.loads(str(value))
                    for name, value in row.items()
                },
            }


def _geojson_geometries(wkb: set[bytes | None]) -> dict[bytes | None, dict[str, object] | None]:
    """Geometries as GeoJSON wants them: outer rings counter-clockwise, coordinates to 1 cm."""
    shapes = shapely.from_wkb(list(wkb))
    check_degrees(shapes)
    turned = shapely.orient_polygons(shapely.set_precision(shapes, 10.0**-DECIMALS))
    texts = shapely.to_geojson(turned)
    return {one: text and json.loads(text) for one, text in zip(wkb, texts, strict=True)}


def _metadata_text(value: object) -> str:
    """A fact as Parquet keeps it."""
    return value if isinstance(value, str) else json.dumps(value)
