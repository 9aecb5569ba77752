"""Reading a watch list: GeoJSON files of zones become sites, or one error with all that is wrong.

Files and their outer shape are here; a feature is checked in `features` and
`polygons`, a site in `watchlist.sites` and `sizes`. Grids: `grids`.

Read as JSON, not by GDAL (pyogrio), which stops at the first open ring, and without a word loses
keys that come twice, features that are none, outlines with text for numbers and a foreign `crs`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from resources.errors import WatchListError
from resources.models import Site
from resources.watchlist.features import FeatureDraft, read_feature
from resources.watchlist.messages import FieldProblem, described_value
from resources.watchlist.sites import build_sites

SUFFIXES = (".geojson", ".json")
MAX_MB = 20  # megabytes; chosen
MAX_BYTES = MAX_MB * 1_000_000
"""A file larger than this is not a watch list; it is refused before it fills the memory."""
LONGITUDE_LATITUDE = ("CRS84", "EPSG::4326", "EPSG:4326")
"""How the name of a `crs` member may end: what GDAL and QGIS write for degrees of WGS84."""
REPEATED = "\x00repeated"
"""Key under which an object remembers its keys that came twice; no property may be called so."""


def read_watch_list(path: Path) -> tuple[Site, ...]:
    """Every site of a GeoJSON file, or of all such files of a folder, by name.

    A folder's own files ending in .geojson or .json count; its subfolders, and files whose name
    begins with a dot, do not. Sites and zones keep the order in which they are first named.

    Raises:
        WatchListError: with every problem found, a line each: file, feature, field, what was
            expected, what was found, and the remedy.
    """
    if not path.exists():
        raise WatchListError(f"{path}: no such file or folder; name a GeoJSON file or its folder.")
    files = _watch_list_files(path) if path.is_dir() else [path]
    if not files:
        raise WatchListError(
            f"{path}: the folder holds no .geojson or .json file; "
            "put a watch list there, or name another folder."
        )
    drafts: list[FeatureDraft] = []
    problems: list[str] = []
    for file in files:
        try:
            text = _file_text(file)
        except FieldProblem as problem:
            problems.append(f"{file}: {problem}")
        else:
            drafts += _feature_drafts(text, str(file), problems)
    return _checked_sites(drafts, problems)


def parse_watch_list(text: str, *, name: str) -> tuple[Site, ...]:
    """Every site of one watch list given as text; `name` stands for the file in errors.

    Raises:
        WatchListError: as `read_watch_list` does.
    """
    problems: list[str] = []
    return _checked_sites(_feature_drafts(text, name, problems), problems)


def _checked_sites(drafts: list[FeatureDraft], problems: list[str]) -> tuple[Site, ...]:
    """Sites of the features of all files; problems of features and sites are told together."""
    sites = build_sites(drafts, problems)
    if problems:
        raise WatchListError("\n".join(problems))
    return sites


def _watch_list_files(folder: Path) -> list[Path]:
    """The watch lists of a folder, sorted by name."""
    return sorted(
        file
        for file in folder.iterdir()
        if file.suffix.lower() in SUFFIXES and not file.name.startswith(".") and file.is_file()
    )


def _file_text(file: Path) -> str:
    """What a file says, with or without a byte order mark."""
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise _too_large()
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FieldProblem(
            f"expected UTF-8, found other bytes at {error.start}; save the file as UTF-8."
        ) from error
    except OSError as error:
        raise FieldProblem(
            f"the file cannot be read ({error.strerror}); mend its permissions or name another."
        ) from error


def _too_large() -> FieldProblem:
    return FieldProblem(
        f"expected at most {MAX_MB} MB, found more; simplify the polygons or split the list."
    )


def _feature_drafts(text: str, name: str, problems: list[str]) -> list[FeatureDraft]:
    """The features of one list, as far as they can be read; adds to the problems."""
    try:
        features = _collection_features(_parsed_json(text))
    except FieldProblem as problem:
        problems.append(f"{name}: {problem}")
        return []
    drafts = []
    for number, feature in enumerate(features, start=1):
        draft = read_feature(feature, file=name, number=number, problems=problems)
        problems += [
            f"{draft.place}, field {described_value(key)}: expected once, found twice; keep one."
            for key in _repeated_keys(feature)
        ]
        drafts.append(draft)
    return drafts


def _parsed_json(text: str) -> Any:
    """Parsed JSON in which repeated keys are remembered instead of lost."""
    if len(text) > MAX_BYTES:
        raise _too_large()
    try:
        return json.loads(text, object_pairs_hook=_object_with_repeats)
    except json.JSONDecodeError as error:
        raise FieldProblem(
            f"expected JSON, found something else at line {error.lineno}, column {error.colno} "
            f"({error.msg}); mend it there or export the list again."
        ) from error
    except (ValueError, RecursionError) as error:
        raise FieldProblem(
            "expected GeoJSON, found a number of thousands of digits or endless nesting; "
            "export the list again."
        ) from error


def _object_with_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        times = Counter(key for key, _ in pairs)
        found[REPEATED] = [key for key, count in times.items() if count > 1]
    return found


def _repeated_keys(feature: Any) -> Iterable[str]:
    """Keys that came twice in a feature, its properties or its geometry."""
    if not isinstance(feature, dict):
        return []
    parts = (feature, feature.get("properties"), feature.get("geometry"))
    lists = (part.get(REPEATED) for part in parts if isinstance(part, dict))
    return [key for keys in lists if isinstance(keys, list) for key in keys]


def _collection_features(collection: Any) -> list[Any]:
    """The features of a FeatureCollection in longitude and latitude."""
    kind = collection.get("type") if isinstance(collection, dict) else collection
    if not isinstance(collection, dict) or kind != "FeatureCollection":
        raise FieldProblem(
            f'field type: expected "FeatureCollection", found {described_value(kind)}; '
            "export the zones as GeoJSON."
        )
    if REPEATED in collection:
        raise FieldProblem(
            f"field {described_value(collection[REPEATED][0])}: expected once, found twice; "
            f"keep one."
        )
    _check_crs(collection.get("crs"))
    features = collection.get("features")
    if not isinstance(features, list) or not features:
        raise FieldProblem(
            f"field features: expected a list of at least one zone, found "
            f"{described_value(features)}; "
            "add a feature for each zone."
        )
    return features


def _check_crs(crs: Any) -> None:
    """Refuses a list in anything but longitude and latitude of WGS84."""
    if crs is None:
        return
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str) or not name.endswith(LONGITUDE_LATITUDE):
        raise FieldProblem(
            "field crs: expected none, or WGS84 longitude and latitude (CRS84), "
            f"found {described_value(crs if name is None else name)}; export the list in EPSG:4326."
        )
