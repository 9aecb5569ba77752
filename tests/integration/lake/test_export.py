"""Answers taken away as files: opened again with geopandas and with a DuckDB that knows nothing."""

import csv
import datetime as dt
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import geopandas
import numpy as np
import pyarrow.parquet as pq
import pytest
import rasterio
import shapely

from assets.activity.residuals_store import store_residual
from pipelines.cli.qgis import write_project
from resources.archive.store import FolderArchive
from resources.errors import ExportError, LakeError
from resources.exports.files import write_answer
from resources.lake.lake import Lake, LakeLocation
from resources.lake.questions.answers import open_answer
from resources.models import Bounds, Grid, Site, Zone
from resources.months import Month
from resources.settings import Settings, load_settings

FORMULA = '=HYPERLINK("http://x","<img onerror=1>")'
QUOTES = "'; drop table scenes; --"
MARCH = Month(2024, 3)
GRID = Grid(32636, Bounds(750_000.0, 3_900_000.0, 752_000.0, 3_902_000.0))
REAL = "Contains modified Copernicus Sentinel data {}"
MADE_UP = "SIMULATED scenes, no Copernicus data"


def rows_of(site_id: str, line: str) -> dict[str, list[dict[str, object]]]:
    """A look of March with one index."""
    at = MARCH.start + dt.timedelta(days=4, hours=8)
    look = {"acquisition_id": "LOOK", "sensed_at": at, "state": "valid"}
    return {
        "scenes": [{**look, "attribution": line.format(2024), "item_ids": ["-one", "two"]}],
        "activity": [
            {**look, "zone_id": "apron", "index_name": "ndvi", "value": 0.25, "z": -1.5}
            | {"flags": ["a|b", '"quoted"']}
        ],
    }


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A real and a simulated site, with names as an enemy would write them."""
    folder = tmp_path_factory.mktemp("lake")
    lake = Lake(LakeLocation(str(folder / "catalog.sqlite"), str(folder / "files")))
    lake.ensure()
    for site_id, line in (("real", REAL), ("made-up", MADE_UP)):
        apron = Zone("apron", FORMULA, "apron", shapely.box(35.94, 35.40, 35.95, 35.41))
        site = Site(site_id, QUOTES, 32636, 500.0, (apron,), "h1")
        lake.put_site(site, GRID)
        lake.replace_months(site_id, [MARCH], rows_of(site_id, line), run_id="run")
    yield lake
    lake.close()


@pytest.fixture
def export(lake: Lake, tmp_path: Path) -> Callable[[str, str], Path]:
    def exported(question: str, name: str) -> Path:
        with open_answer(lake, question) as answer:
            return write_answer(answer, tmp_path / name)[0]

    return exported


def test_parquet_keeps_types_places_units_and_attribution(export: Callable) -> None:
    file = export("FROM activity ORDER BY site_id", "out.parquet")
    found = geopandas.read_parquet(file)
    assert str(found.crs) == "OGC:CRS84"
    assert found.total_bounds == pytest.approx([35.94, 35.40, 35.95, 35.41])
    assert found["attribution"].tolist() == [MADE_UP, REAL.format(2024)]
    schema = pq.read_schema(file)
    assert schema.field("clear_px").metadata[b"unit"] == b"pixels"
    facts = {key.decode(): value.decode() for key, value in pq.read_metadata(file).metadata.items()}
    assert facts["simulated"] == "some"
    assert facts["attribution"] == f"{REAL.format(2024)}; {MADE_UP}"
    assert json.loads(facts["columns"])["z"]["unit"] == "standard errors"
    rows = duckdb.sql(f"SELECT flags, z, typeof(sensed_at) FROM '{file}' WHERE site_id = 'real'")
    assert rows.fetchall() == [(["a|b", '"quoted"'], -1.5, "TIMESTAMP WITH TIME ZONE")]


def test_places_without_ground_or_with_height_are_told_as_geoparquet_has_it(
    lake: Lake, export: Callable
) -> None:
    lake.add_extension("spatial")
    places = "'POLYGON EMPTY'", "'POINT Z (1 2 3)'", "NULL"
    rows = " UNION ALL ".join(f"SELECT ST_GeomFromText({one}) AS geometry" for one in places)
    geo = pq.read_metadata(export(rows, "out.parquet")).metadata[b"geo"]
    told = json.loads(geo)["columns"]["geometry"]
    assert told["geometry_types"] == ["Point Z", "Polygon"]
    assert told["bbox"] == [1, 2, 1, 2]
    empty = export(rows.split(" UNION")[0], "empty.parquet")
    assert b"bbox" not in pq.read_metadata(empty).metadata[b"geo"]
    assert geopandas.read_parquet(empty).geometry.is_empty.all()


def test_csv_is_read_as_it_was_and_no_spreadsheet_works_it_out(export: Callable) -> None:
    file = export("SELECT *, -1 AS number, 'nan'::DOUBLE AS odd FROM zones", "out.csv")
    with file.open(newline="", encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    assert {row["name"] for row in rows} == {f"'{FORMULA}"}
    assert {(row["number"], row["odd"]) for row in rows} == {("-1", "NaN")}
    for row in rows:
        assert not any(
            re.match(r"\s*[=+@-]", text) for name, text in row.items() if name != "number"
        )
        assert shapely.from_wkt(row["geometry"]).bounds == (35.94, 35.40, 35.95, 35.41)
        assert dt.datetime.fromisoformat(row["valid_from"]).utcoffset() == dt.timedelta(0)
    again = duckdb.sql(f"SELECT count(*), sum(number) FROM read_csv('{file}')").fetchone()
    assert again == (2, -2)


def test_csv_has_its_description_beside_it(export: Callable) -> None:
    file = export("activity", "out.csv")
    about = json.loads(file.with_name("out.csv-metadata.json").read_text())
    assert about["url"] == "out.csv"
    assert about["dc:rights"] == f"{REAL.format(2024)}; {MADE_UP}"
    columns = {one["titles"]: one for one in about["tableSchema"]["columns"]}
    header = file.read_text().splitlines()[0].split(",")
    assert list(columns) == header
    assert columns["clear_px"]["schema:unitText"] == "pixels"
    assert (columns["z"]["datatype"], columns["flags"]["datatype"]) == ("double", "json")
    assert columns["sensed_at"]["datatype"] == "dateTime"


@pytest.mark.parametrize(
    ("question", "column", "unit"),
    [
        ("detectability", "inputs_hash", "hexadecimal"),
        ("from Detectability", "inputs_hash", "hexadecimal"),
        ("site_months", "inputs_hash", "no unit"),
        ("SELECT inputs_hash FROM detectability", "inputs_hash", "not stated"),
        ("outbox", "status", "no unit"),
        ("SELECT status FROM alerts", "status", "no unit"),
        ("sites", "source", "no unit"),
    ],
)
def test_the_unit_is_that_of_the_table_asked_for(
    lake: Lake, question: str, column: str, unit: str
) -> None:
    with open_answer(lake, question) as answer:
        assert {one.name: one.unit for one in answer.columns}[column] == unit


def test_geojson_is_a_layer_with_foreign_members(export: Callable) -> None:
    file = export(
        "SELECT site_id, zone_id, z, flags, 'nan'::DOUBLE AS odd FROM activity", "o.geojson"
    )
    whole = json.loads(file.read_text())
    assert whole["simulated"] == "some"
    assert whole["columns"]["z"]["unit"] == "standard errors"
    assert whole["features"][0]["properties"]["odd"] is None
    ring = whole["features"][0]["geometry"]["coordinates"][0]
    assert shapely.LinearRing(ring).is_ccw
    found = geopandas.read_file(file)
    assert len(found) == 2
    assert found.crs.to_epsg() == 4326
    assert set(found["attribution"]) == {REAL.format(2024), MADE_UP}


def test_rows_of_one_site_are_credited_to_its_own_looks(lake: Lake) -> None:
    with open_answer(lake, "FROM activity WHERE site_id = 'made-up'") as answer:
        assert (answer.credits, answer.simulated) == ((MADE_UP,), "all")
    with open_answer(lake, "SELECT count(*) AS n FROM activity") as answer:
        assert (answer.credits, answer.simulated) == ((REAL.format(2024), MADE_UP), "some")
    with open_answer(lake, "FROM open_alerts") as answer:
        assert answer.rows == 0
        assert answer.simulated == "some"


def test_years_of_the_attribution_are_those_of_the_rows(tmp_path: Path) -> None:
    lake = Lake(LakeLocation(str(tmp_path / "catalog.sqlite"), str(tmp_path / "files")))
    lake.ensure()
    apron = Zone("apron", "Apron", "apron", shapely.box(35.94, 35.40, 35.95, 35.41))
    lake.put_site(Site("real", "Real", 32636, 500.0, (apron,), "h1"), GRID)
    months = [Month(2022, 3), Month(2023, 3), Month(2024, 3)]
    scenes = [
        {
            **rows_of("real", REAL)["scenes"][0],
            "sensed_at": month.start,
            "acquisition_id": str(month),
        }
        | {"attribution": REAL.format(month.start.year)}
        for month in months
    ]
    lake.replace_months("real", months, {"scenes": scenes}, run_id="run")
    rows = (
        "SELECT site_id, DATE '2022-05-01' AS opened_on, DATE '2023-01-01' AS closed_on FROM sites"
    )
    of_2022 = "SELECT site_id, timestamptz '2022-03-01' AS sensed_at"
    later = ("published_at", "claimed_at", "next_try_at", "configured_at", "removed_at")
    for question, years in (
        ("FROM scenes", "2022-2024"),
        ("FROM scenes WHERE year(sensed_at) = 2023", "2023"),
        (rows, "2022-2023"),
        ("FROM sites", "2022-2024"),
        *((f"{of_2022}, timestamptz '2024-01-01' AS {name} FROM scenes", "2022") for name in later),
        (f"{of_2022}, timestamptz '2024-01-01' AS my_own_time FROM scenes", "2022-2024"),
    ):
        with open_answer(lake, question) as answer:
            assert answer.credits == (REAL.format(years),), question
    lake.close()


@pytest.mark.parametrize(
    ("question", "name", "said"),
    [
        ("nowhere", "o.csv", "nowhere does not exist"),
        ("DELETE FROM scenes", "o.csv", "begins with SELECT"),
        ("COPY scenes TO 'x'", "o.csv", "begins with SELECT"),
        ("SELECT 1; SELECT 2", "o.csv", "one question"),
        ("SELEC 1", "o.csv", "one question in SQL"),
        ("scenes", "o.xlsx", r"must end in \.parquet, \.csv, \.geojson"),
        ("scenes", "none/o.csv", "no folder"),
        ("SELECT count(*) AS n FROM scenes", "o.geojson", "needs places"),
        ("SELECT ST_Point(7e5, 4e6) AS geometry FROM sites", "o.geojson", "in degrees"),
        ("SELECT ST_Point(7e5, 4e6) AS geometry FROM sites", "o.parquet", "in degrees"),
    ],
)
def test_what_cannot_be_written_is_one_clear_message_and_no_file(
    question: str, name: str, said: str, lake: Lake, export: Callable, tmp_path: Path
) -> None:
    lake.add_extension("spatial")
    with pytest.raises((ExportError, LakeError), match=said):
        export(question, name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_whole_or_stays(lake: Lake, export: Callable, tmp_path: Path) -> None:
    file = export("zones", "out.csv")
    before = file.read_bytes()
    late = "SELECT site_id, error('late') AS z FROM temp.answer"

    def fail_late() -> None:
        with open_answer(lake, "SELECT site_id, z FROM activity") as answer:
            write_answer(replace(answer, rows_sql=late, columns=answer.columns[:2]), file)

    with pytest.raises(LakeError, match="late"):
        fail_late()
    assert file.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "out.csv-metadata.json"]


PICTURE = np.ones(GRID.shape, np.int16)
DAYS = {"first": 3, "taken-back": 9, "newest": 20}  # of March, by look


@pytest.fixture(scope="module")
def watched_two(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A site on the watch, whose newest clear look is the peak of an alert, and a retired one."""
    settings = load_settings(data=tmp_path_factory.mktemp("two") / "data")
    lake = Lake(LakeLocation(settings.catalog, settings.files))
    lake.ensure()
    archive = FolderArchive(settings.archive)
    for site_id in ("watched", "retired"):
        apron = Zone("apron", "Apron", "apron", shapely.box(35.94, 35.40, 35.95, 35.41))
        lake.put_site(Site(site_id, site_id, 32636, 500.0, (apron,), "h1"), GRID)
        seen = [
            {"acquisition_id": look, "sensed_at": MARCH.start.replace(day=day), "state": "valid"}
            for look, day in DAYS.items()
        ]
        scenes = [{**look, "attribution": REAL.format(2024)} for look in seen]
        values = [{**look, "zone_id": "apron", "index_name": "ndvi", "z": 4.0} for look in seen]
        lake.replace_months(site_id, [MARCH], {"scenes": scenes, "activity": values}, run_id="run")
        (stored,) = (one for one in lake.sites() if one.site.site_id == site_id)
        for scene in scenes:
            store_residual(archive, stored, scene, PICTURE, ())
    alerts = [
        {"alert_id": look, "site_id": "watched", "status": status, "peak_acquisition_id": look}
        | {"opened_on": MARCH.start.date(), "confirmed_on": MARCH.start.date()}
        for look, status in (
            ("first", "closed"),
            ("taken-back", "withdrawn"),
            ("newest", "confirmed"),
        )
    ]
    lake.replace_alerts("watched", alerts, [], [], run_id="run")
    lake.retire_sites(["retired"])
    lake.close()
    return settings


def test_a_project_shows_each_look_once_and_nothing_that_was_taken_back(
    watched_two: Settings, tmp_path: Path
) -> None:
    write_project(watched_two, tmp_path / "here")
    root = ET.fromstring((tmp_path / "here" / "sitewatch.qgs").read_text(encoding="utf-8"))
    shown = {one.get("name"): one.get("checked") for one in root.iter("layer-tree-layer")}
    assert shown == {
        "Zones": "Qt::Checked",
        "watched: residual of 2024-03-20 (newest clear look, peak of an alert)": "Qt::Checked",
        "watched: residual of 2024-03-03 (peak of an alert)": "Qt::Unchecked",
    }
    assert len(list((tmp_path / "here" / "pictures").rglob("*.tif"))) == 2
    zones = geopandas.read_file(tmp_path / "here" / "zones.geojson")
    assert zones["site_id"].tolist() == ["watched"]


def test_a_project_that_cannot_be_written_is_one_clear_message(
    watched_two: Settings, tmp_path: Path
) -> None:
    (tmp_path / "pictures").write_text("a file where a folder should be")
    with pytest.raises(ExportError, match=f"The folder {tmp_path} cannot be written: .*pictures"):
        write_project(watched_two, tmp_path)


@pytest.mark.shared
@pytest.mark.xdist_group("romania")
def test_the_qgis_project_is_whole_and_every_path_in_it_exists(
    whole: tuple, tmp_path: Path
) -> None:
    post, _ = whole
    said = write_project(post.settings, tmp_path / "here")
    assert "Copernicus" in said[-1]
    write_project(post.settings, tmp_path / "here")
    folder = (tmp_path / "here").rename(tmp_path / "moved")
    root = ET.fromstring((folder / "sitewatch.qgs").read_text(encoding="utf-8"))
    layers = root.findall("./projectlayers/maplayer")
    assert [layer.get("type") for layer in layers] == ["vector", *["raster"] * (len(layers) - 1)]
    assert len(layers) > 2
    ids = [layer.findtext("id") for layer in layers]
    assert [one.get("id") for one in root.iter("layer-tree-layer")] == ids
    for layer in layers:
        path = str(layer.findtext("datasource"))
        assert path.startswith("./")
        assert (folder / path).is_file()
        assert "Copernicus" in str(layer.findtext("attribution"))
        if layer.get("type") == "raster":
            with rasterio.open(folder / path) as picture:
                assert str(layer.findtext("srs/spatialrefsys/authid")) == str(picture.crs)
    zones = geopandas.read_file(folder / "zones.geojson")
    styled = {one.get("value") for one in layers[0].iter("category")}
    assert set(zones["alert"]) <= styled
    assert set(zones["zone_id"]) == {"corridor", "forest-south", "meadow-north"}
    assert not list(folder.glob(".writing-*"))
    for style in ("zones.qml", "residual.qml"):
        ET.fromstring((folder / style).read_text(encoding="utf-8"))


def test_without_saying_where_to_it_says_how(lake: Lake) -> None:
    from rich.console import Console

    from pipelines.cli.export import run_export as command

    with pytest.raises(ExportError, match="sitewatch export TABLE --to FILE"):
        command(Console(quiet=True), "scenes", to=None, qgis=None, data=None)
