"""The yardstick of vessels: reads its layout, scores by its rules, and says what is wrong."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from scipy import ndimage
from typer.testing import CliRunner, Result

from assets.activity.measure.surroundings import find_surfaces
from assets.detectability.false_alarms import share_error
from bench.objects.__main__ import app
from bench.objects.detectors import Detection, ours
from bench.objects.labels import read_labels
from bench.objects.ports import Port, read_ports
from bench.objects.scoring import match, score
from bench.objects.simulated import Found, Score
from bench.objects.simulated_report import figures, markdown
from bench.objects.trial import best_level
from resources.instrument import blur_sigma_m
from resources.simulated.scenery.materials import HARD

WATER, CONCRETE, GREY = HARD["water"], HARD["concrete"], HARD["grey_roof"]
FILES = {"blue": 0, "green": 1, "red": 2, "nir": 3, "swir16": 5}
ROWS, COLUMNS, SHORE = 90, 120, 90
LATITUDE = 60.0  # pixels of Web Mercator are 5 m on the ground
SHIPS = ((20, 25, 4, 30), (50, 40, 28, 4))  # row, column, height, width in pixels
BRUSH = 5


def scene(seed: int) -> np.ndarray:
    """Reflectance of a bay with two ships, shape (band, y, x)."""
    rng = np.random.default_rng(seed)
    fine = np.broadcast_to(WATER[:, None, None], (len(WATER), ROWS * 2, COLUMNS * 2)).copy()
    fine[:, :, SHORE * 2 :] = CONCRETE[:, None, None]
    for row, column, high, wide in SHIPS:
        fine[:, row * 2 : (row + high) * 2, column * 2 : (column + wide) * 2] = GREY[:, None, None]
    fine = ndimage.gaussian_filter(fine, (0, *(blur_sigma_m(10) / 2.5,) * 2))
    seen = fine.reshape(len(fine), ROWS, 2, COLUMNS, 2).mean(axis=(2, 4))
    return seen + rng.normal(0, 0.003, seen.shape)


def annotations() -> list[dict]:
    """Strokes of a round brush along both ships, the second on two renderings."""
    made = []
    for number, image in ((0, 1), (1, 1), (1, 2)):
        row, column, high, wide = SHIPS[number]
        grow = [(BRUSH - min(high, wide)) // 2 + (BRUSH - min(high, wide)) % 2, BRUSH // 2]
        down, right = grow if high < wide else grow[::-1]
        top, left = row - down, column - right
        high, wide = (BRUSH, wide + BRUSH) if high < wide else (high + BRUSH, BRUSH)
        mask = np.zeros((ROWS, COLUMNS), dtype=np.int8)
        mask[top : top + high, left : left + wide] = 1
        flat = mask.T.ravel()
        edges = np.flatnonzero(np.diff(flat)) + 1
        counts = np.diff([0, *edges.tolist(), flat.size]).tolist()
        made.append(
            {
                "id": len(made) + 1,
                "image_id": image,
                "bbox": [float(left), float(top), float(wide), float(high)],
                "segmentation": {"counts": counts, "size": [ROWS, COLUMNS]},
            }
        )
    return made


def write_port(folder: Path, name: str, *, bands: tuple[str, ...] = tuple(FILES)) -> dict:
    """Files of one port; its item."""
    item_id = f"S2_{name.upper()}_20230108_L2A"
    (folder / "archive" / item_id).mkdir(parents=True)
    (folder / "labels" / name).mkdir(parents=True)
    pixels, assets = scene(len(name)), {}
    place = Affine(10.0, 0.0, 0.0, 0.0, -10.0, 8_399_738.0)
    for band in bands:
        href = f"./{item_id}/{band}.tif"
        stored = np.clip(np.rint(pixels[FILES[band]] * 1e4), 1, None).astype(np.uint16)
        profile = {"driver": "GTiff", "dtype": "uint16", "count": 1, "crs": "EPSG:3857"}
        with rasterio.open(
            folder / "archive" / href, "w", **profile, height=ROWS, width=COLUMNS, transform=place
        ) as file:
            file.write(stored, 1)
        assets[band] = {
            "href": href,
            "proj:transform": [10.0, 0.0, 0.0, 0.0, -10.0, 8_399_738.0],
            "raster:bands": [{"nodata": 0, "scale": 1e-4, "offset": 0}],
        }
    labels = {
        "images": [
            {"id": number, "height": ROWS, "width": COLUMNS, "file_name": f"{number}.png"}
            for number in (1, 2)
        ],
        "annotations": annotations(),
    }
    (folder / "labels" / name / f"{name}_coco.json").write_text(json.dumps(labels))
    return {
        "id": item_id,
        "bbox": [0.0, LATITUDE - 0.001, 0.01, LATITUDE + 0.001],
        "properties": {"proj:epsg": 3857},
        "assets": assets,
    }


def write_items(folder: Path, *items: dict) -> Path:
    (folder / "archive" / "items.json").write_text(json.dumps({"features": items}))
    return folder


def bench(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["--data", str(folder), *options])


def test_two_bays_are_scored_and_written_into_the_docs(tmp_path: Path) -> None:
    write_items(tmp_path, write_port(tmp_path, "los_angeles"), write_port(tmp_path, "bay"))
    mark = "python -m bench.objects --docs"
    docs, figures = tmp_path / "objects.md", tmp_path / "figures.json"
    docs.write_text(f"before\n<!-- begins: {mark} -->\n<!-- ends: {mark} -->\nafter\n")
    done = bench(tmp_path, "--docs", str(docs), "--json", str(figures))
    assert done.exit_code == 0, done.output
    assert "open water, over 60 m | 4 | 4 | 0 | 1.00 | 1.00 | 1.00 |" in docs.read_text()
    assert done.stdout.partition("\n\nAircraft")[0].strip() in docs.read_text()
    found = json.loads(figures.read_text())
    assert found["sitewatch"]["open water"]["over 60 m"]["f1"] == 1
    assert set(found["cfar_levels"]) == {"bay", "los_angeles"}


def test_pixels_of_web_mercator_are_smaller_on_the_ground(tmp_path: Path) -> None:
    (port,) = read_ports(write_items(tmp_path, write_port(tmp_path, "bay")))
    assert port.pixel_m == pytest.approx(10 * math.cos(math.radians(LATITUDE)))
    surfaces = find_surfaces(port.reflectance, port.clear, pixel_m=port.pixel_m)
    lengths = sorted(one.length_m for one in ours(port, surfaces))
    assert lengths == pytest.approx([28 * port.pixel_m, 30 * port.pixel_m], rel=0.1)


def test_labels_count_once_and_are_as_long_as_the_stroke_without_its_brush(tmp_path: Path) -> None:
    (port,) = read_ports(write_items(tmp_path, write_port(tmp_path, "bay")))
    assert [label.length_px for label in port.labels] == pytest.approx([30, 28])


def test_swir_may_be_missing_but_a_10_m_band_may_not(tmp_path: Path) -> None:
    fine = ("blue", "green", "red", "nir")
    write_items(tmp_path, write_port(tmp_path, "bay", bands=fine))
    assert bench(tmp_path).exit_code == 0
    write_items(tmp_path, write_port(tmp_path, "cove", bands=fine[:3]))
    refused = bench(tmp_path)
    assert refused.exit_code == 2
    assert "nir" in refused.output


def test_bands_and_labels_of_other_sizes_are_refused(tmp_path: Path) -> None:
    item = write_port(tmp_path, "bay")
    write_items(tmp_path, item)
    labels = tmp_path / "labels" / "bay" / "bay_coco.json"
    content = json.loads(labels.read_text())
    content["images"][0]["height"] += 1
    labels.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="rows and columns"):
        read_ports(tmp_path)
    with rasterio.open(
        tmp_path / "archive" / item["assets"]["nir"]["href"],
        "w",
        driver="GTiff",
        dtype="uint16",
        count=1,
        height=ROWS - 1,
        width=COLUMNS,
        transform=Affine(10.0, 0.0, 0.0, 0.0, -10.0, 0.0),
    ) as file:
        file.write(np.ones((ROWS - 1, COLUMNS), np.uint16), 1)
    with pytest.raises(ValueError, match="one grid"):
        read_ports(tmp_path)


def test_a_folder_of_another_layout_is_refused(tmp_path: Path) -> None:
    refused = bench(tmp_path)
    assert refused.exit_code == 2
    assert "items.json" in refused.output


def one_at(row: float, column: float, length_m: float = 70.0) -> Detection:
    box = (slice(int(row) - 1, int(row) + 2), slice(int(column) - 1, int(column) + 2))
    return Detection(row, column, length_m, box)


def test_matching_is_one_to_one_and_places_are_told_apart(tmp_path: Path) -> None:
    (port,) = read_ports(write_items(tmp_path, write_port(tmp_path, "bay")))
    surfaces = find_surfaces(port.reflectance, port.clear, pixel_m=port.pixel_m)
    detections = [one_at(21.5, 39.5), one_at(21.5, 30.0), one_at(80, 10), one_at(5, SHORE - 4)]
    outcomes = match(port, surfaces, detections)
    water, quay = (score(outcomes, place=place) for place in ("open water", "quay"))
    assert (water.found, water.missed, water.false) == (1, 1, 2)
    assert (quay.found, quay.missed, quay.false) == (0, 0, 1)
    assert water.f1 == pytest.approx(2 / 5)


def test_the_yardstick_learns_its_threshold_from_the_other_ports(tmp_path: Path) -> None:
    (port,) = read_ports(write_items(tmp_path, write_port(tmp_path, "bay")))
    surfaces = find_surfaces(port.reflectance, port.clear, pixel_m=port.pixel_m)
    right = match(port, surfaces, [one_at(21.5, 39.5), one_at(64.0, 41.5)])
    nothing = match(port, surfaces, [])
    by_level = {
        name: {level: right if level == good else nothing for level in (2.0, 5.0, 8.0)}
        for name, good in (("a", 8.0), ("b", 2.0))
    }
    assert best_level(by_level, without="a") == 2.0
    assert best_level(by_level, without="b") == 8.0


@pytest.mark.shared
def test_real_labels_are_read(shared: Path) -> None:
    folder = shared / "real" / "ports" / "labels" / "honolulu"
    labels = read_labels(folder / "honolulu_coco.json", (316, 424))
    assert len(labels) == 12
    assert max(label.length_px for label in labels) == pytest.approx(18, abs=4)


@pytest.mark.shared
def test_ships_on_open_water_of_real_ports_are_found(shared: Path) -> None:
    ports = [port for port in read_ports(shared / "real" / "ports") if port.clear.size < 200_000]
    assert len(ports) == 2
    outcomes = [outcome for port in ports for outcome in outcomes_of(port)]
    found = score(outcomes, place="open water")
    assert found.found >= 3
    assert found.f1 >= 0.8


def outcomes_of(port: Port) -> list:
    surfaces = find_surfaces(port.reflectance, port.clear, pixel_m=port.pixel_m)
    return match(port, surfaces, ours(port, surfaces))


def test_what_stood_on_the_base_is_told_by_class_with_what_is_wanted() -> None:
    kinds = [
        Found("an-124", 1144.0, 40, 38),
        Found("il-76", 539.0, 50, 30),
        Found("an-32", 146.0, 0, 0),
    ]
    strict = [
        Found("an-124", 1144.0, 40, 36),
        Found("il-76", 539.0, 50, 25),
        Found("an-32", 146.0, 0, 0),
    ]
    told = Score(kinds, strict, looks=60, years=1.5, false=2, quiet_looks=20, alarms_per_look=0.01)
    text = markdown(told)
    large, medium = (share_error(one.found, one.stood) for one in strict[:2])
    assert f"| 36 | 90% ± {large:.0%} | 90%: met |" in text
    assert f"| 25 | 50% ± {medium:.0%} | 70%: NOT met |" in text
    assert "| an-32, 146 m2 | 0 | 0 | - | 0 | - | - |" in text
    recorded = json.loads(json.dumps(figures(told), allow_nan=False))
    assert recorded["kinds"][0]["share"] == 0.95
    assert recorded["kinds"][2]["share"] is None


def test_without_a_simulated_folder_it_is_told_how_to_get_the_rest(tmp_path: Path) -> None:
    write_items(tmp_path, write_port(tmp_path, "bay"))
    assert "--render" in bench(tmp_path).stdout
    refused = bench(tmp_path, "--simulated", str(tmp_path / "nothing"))
    assert refused.exit_code == 2
    assert "catalog.json" in refused.output
