"""The archive of a real watch as a STAC catalogue: held against the official schemas.

The validator is stac-validator, with the schemas of STAC's core from pystac and those of the
extensions from tests/data, so that no network is needed.
"""

import copy
import importlib.resources
import json
import re
import shutil
import warnings
from pathlib import Path
from typing import Any

import pystac
import pytest
import rasterio
from places import DATA, ROOT

from resources.archive.stac_collections import SitePage, write_catalogs
from resources.archive.store import FolderArchive
from resources.models import Bounds

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it tells at import that its package has a new name
    from stac_validator.stac_validator import StacValidate

SCHEMAS = DATA / "stac-schemas"
ROAD = "romania-road"
LOOKS = 20  # of the months that the archive holds, at least
real = [pytest.mark.shared, pytest.mark.xdist_group("stretch")]


def schema_map() -> dict[str, str]:
    """Addresses of official schemas and where they are here."""
    core = Path(str(importlib.resources.files("pystac.validation.jsonschemas")))
    found = {"https://proj.org/schemas/v0.7/projjson.schema.json": SCHEMAS / "projjson-v0.7.json"}
    for file in (core / "stac-spec" / "v1.1.0").glob("*.json"):
        for kind in ("item", "catalog", "collection"):
            found[f"https://schemas.stacspec.org/v1.1.0/{kind}-spec/json-schema/{file.name}"] = file
    for file in (core / "geojson").glob("*.json"):
        found[f"https://geojson.org/schema/{file.name}"] = file
    for file in SCHEMAS.glob("*-v[0-9].[0-9].[0-9].json"):
        name, version = file.stem.rsplit("-", 1)
        found[f"https://stac-extensions.github.io/{name}/{version}/schema.json"] = file
    return {address: str(file) for address, file in found.items()}


def problems(catalog: Path) -> tuple[int, list[dict[str, Any]]]:
    """How many files the validator read from a catalogue down, and those that do not hold."""
    validator = StacValidate(str(catalog), recursive=True, schema_map=schema_map())
    validator.run()
    return len(validator.message), [one for one in validator.message if not one["valid_stac"]]


@pytest.fixture(scope="module")
def archive(ordered: Any) -> Path:
    return ordered.settings.archive


@pytest.fixture
def one_item(archive: Path, tmp_path: Path) -> Path:
    """A copy of a catalogue with one item of a kind."""
    for kind in ("chips", "masks", "residuals"):
        folder = max((archive / ROAD / kind).glob("*/"))
        shutil.copytree(folder, tmp_path / "archive" / ROAD / kind / folder.name)
    page = SitePage(ROAD, "Road", Bounds(22, 45, 23, 46), *2 * (_moment(),), ("one", "two"))
    write_catalogs(FolderArchive(tmp_path / "archive"), page)
    return tmp_path / "archive"


def _moment() -> Any:
    return pystac.utils.str_to_datetime("2020-01-01T00:00:00Z")


class TestReal:
    pytestmark = real

    def test_every_file_of_the_archive_validates(self, archive: Path) -> None:
        read, bad = problems(archive / "catalog.json")
        on_disk = list(archive.rglob("*.json"))
        assert bad == []
        assert read == len(on_disk) > LOOKS * 2

    def test_the_guides_python_opens_it(
        self, archive: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        guide = (ROOT / "docs/analyst.md").read_text()
        snippets = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
        (snippet,) = (one for one in snippets if "data/archive/catalog.json" in one)
        exec(snippet.replace("data/archive", str(archive)), {})  # our own guide
        printed = capsys.readouterr().out
        assert printed.count("Contains modified Copernicus Sentinel data") >= LOOKS

    @pytest.mark.parametrize(
        ("asset", "field", "wrong"),
        [
            ("mask", "proj:shape", ["a", "b"]),
            ("mask", "classification:classes", [{"name": "clear"}]),
            ("mask", "raster:bands", [{"data_type": "number"}]),
            ("mask", "file:checksum", "not hexadecimal"),
            ("bands-10m", "eo:bands", [{"common_name": "violet"}]),
            ("bands-10m", "bands", [{"data_type": "number"}]),
        ],
    )
    def test_the_validator_sees_what_is_wrong(
        self, one_item: Path, asset: str, field: str, wrong: object
    ) -> None:
        assert problems(one_item / "catalog.json")[1] == []
        kind = "masks" if asset == "mask" else "chips"
        (file,) = (one_item / ROAD / kind).glob("*/item.json")
        item = json.loads(file.read_text())
        broken = copy.deepcopy(item)
        broken["assets"][asset][field] = wrong
        file.write_text(json.dumps(broken))
        _, bad = problems(one_item / "catalog.json")
        assert [Path(one["path"]).parts[-3] for one in bad] == [kind]

    def test_every_link_and_file_is_there_and_stays_so_when_moved(
        self, one_item: Path, tmp_path: Path
    ) -> None:
        moved = tmp_path / "elsewhere"
        one_item.rename(moved)
        for file in moved.rglob("*.json"):
            content = json.loads(file.read_text())
            hrefs = [link["href"] for link in content["links"] if link["rel"] != "license"]
            if content["type"] == "Feature":
                hrefs += [asset["href"] for asset in content["assets"].values()]
            for href in hrefs:
                assert href.startswith("."), href
                assert (file.parent / href).resolve().is_file(), (file, href)
        root = pystac.Catalog.from_file(str(moved / "catalog.json"))
        assert {item.get_collection().id for item in root.get_items(recursive=True)} == {
            f"{ROAD}-{kind}" for kind in ("chips", "masks", "residuals")
        }

    def test_what_is_said_of_a_picture_is_what_the_file_holds(self, one_item: Path) -> None:
        root = pystac.Catalog.from_file(str(one_item / "catalog.json"))
        items = list(root.get_items(recursive=True))
        assert len(items) == 3
        for item in items:
            assert "Copernicus Sentinel data" in item.properties["attribution"]
            for asset in item.assets.values():
                with rasterio.open(asset.get_absolute_href()) as file:
                    said = asset.extra_fields
                    assert tuple(said["proj:shape"]) == file.shape
                    assert said["proj:code"] == str(file.crs)
                    assert said["proj:transform"] == list(file.transform)[:6]
                    assert said["proj:bbox"] == pytest.approx(tuple(file.bounds))
                    assert [band["data_type"] for band in said["bands"]] == list(file.dtypes)
                    assert {band["nodata"] for band in said["bands"]} == {file.nodata}
                    if "eo:bands" in said:
                        assert [b["name"] for b in said["eo:bands"]] == list(file.descriptions)

    def test_collections_tell_licence_providers_and_extent(self, archive: Path) -> None:
        collection = pystac.Collection.from_file(str(archive / ROAD / "chips" / "collection.json"))
        assert collection.license == "other"
        assert "legal notice" in collection.get_single_link("license").title
        assert "EC-JRC" in collection.description
        assert {role for one in collection.providers for role in one.roles} >= {"licensor", "host"}
        ((first, last),) = collection.extent.temporal.intervals
        assert (first.year, last.year) == (2015, 2017)
        assert set(collection.item_assets) == {"bands-10m", "bands-20m", "scl"}


def test_a_simulated_site_says_so_and_claims_no_licence_of_copernicus(tmp_path: Path) -> None:
    archive = FolderArchive(tmp_path)
    archive.put("base/chips/ITEM/item.json", b"{}")
    line = "SIMULATED scenes, no Copernicus data"
    page = SitePage("base", "Base", Bounds(0, 0, 1, 1), _moment(), _moment(), (line,))
    write_catalogs(archive, page)
    text = archive.get("base/chips/collection.json").decode()
    assert line in text
    assert "legal_notice" not in text.lower()
    assert "ESA" not in text
