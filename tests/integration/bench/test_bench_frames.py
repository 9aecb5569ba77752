"""The yardstick of frames: its cuts and zones, how it compares, and a month of real looks."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from shapely.geometry import box
from typer.testing import CliRunner

from bench.frames.agreement import Measured, compare, excess
from bench.frames.cropped import Trim, copy_archive, half_way
from bench.frames.quiet_ground import Ground, further_zones, survey
from bench.frames.report import figures, markdown
from bench.frames.runs import Outcome, run
from bench.frames.variants import Frames, Variant, changed, frames_of
from bench.options import months_of
from resources.models import Site, Zone
from resources.months import Month
from resources.watchlist.read import read_watch_list

UTM = 32631
LOOK = "S2A_20180701T000000_R000"


def row(value: float, **others: object) -> dict[str, object]:
    errors = {"standard_error": 0.003, "expected_error": 0.004}
    return {"state": "valid", "value": value, "expected": 0.5, "departure": value - 0.5} | (
        errors | others
    )


def measured(*values: float, state: str = "valid", east_px: float = 0.0) -> Measured:
    """A zone a value, each with one look and index."""
    places = [(f"zone-{number}", LOOK) for number in range(len(values))]
    return Measured(
        {place: {"state": state} for place in places},
        {
            (*place, "ndvi"): row(one, state=state)
            for place, one in zip(places, values, strict=True)
        },
        {place: {"east_px": east_px, "south_px": 0.0} for place in places},
    )


def test_a_value_is_equal_within_two_thousandths_or_a_hundredth() -> None:
    assert excess(0.1, 0.1015) < 1 < excess(0.1, 0.1025)
    assert excess(1000.0, 1009.0) < 1 < excess(1000.0, 1011.0)


def test_agreement_counts_zones_in_common_and_tells_the_worst() -> None:
    found = compare(measured(0.5, 0.5, 0.5, 0.9), measured(0.5, 0.501, 0.51)).figures()
    assert found["rows"] == 3
    assert found["rows_in_common"] == found["states_equal"] == found["shifts_equal"] == 1
    assert found["values_equal"] == found["values_equal_by_index"]["ndvi"] == pytest.approx(2 / 3)
    assert found["values_within_two_errors"] == 1
    assert [one["key"] for one in found["worst"]] == [["zone-2", LOOK, "ndvi"]]


def test_states_and_shifts_that_differ_are_told() -> None:
    found = compare(measured(0.5, state="cloudy", east_px=1.3), measured(0.5)).figures()
    assert found["masks_equal"] == found["states_equal"] == found["shifts_equal"] == 0
    assert found["largest_shift_px"] == 1.3


def test_rows_that_one_frame_lacks_are_counted() -> None:
    other = measured(0.5)
    other.activity["zone-0", LOOK, "texture"] = row(0.1)
    assert compare(measured(0.5), other).figures()["rows_in_common"] == 0.5


def ground(stable: np.ndarray) -> tuple[Ground, Site]:
    """Ground with a zone in the middle in which something may happen."""
    place = Affine(10.0, 0.0, 500_000.0, 0.0, -10.0, 5_600_000.0)
    zone = Zone("busy", "Busy", "apron", box(3.006, 50.5455, 3.008, 50.5475))
    return Ground(stable, place, UTM), Site("made", "Made", UTM, 0.0, (zone,), "0")


def test_further_zones_are_the_same_each_time_and_the_first_of_many_those_of_few() -> None:
    place, site = ground(np.ones((100, 100), bool))
    many, few = (further_zones(place, site, count, seed=3) for count in (12, 5))
    assert many[:5] == few
    assert further_zones(place, site, 5, seed=4) != few
    assert not any(one.geometry.intersects(site.zones[0].geometry) for one in many)


def test_further_zones_lie_on_quiet_ground_or_it_is_said_that_there_is_no_room() -> None:
    stable = np.zeros((100, 100), bool)
    stable[:20, :20] = True
    place, site = ground(stable)
    (zone,) = further_zones(place, site, 1, seed=3)
    assert zone.geometry.bounds[2] < 3.003
    with pytest.raises(ValueError, match="quiet ground for"):
        further_zones(place, site, 30, seed=3)


def test_months_are_asked_for_in_one_option() -> None:
    assert months_of(None) is None
    assert months_of("2016-12:2017-04") == (Month(2016, 12), Month(2017, 4))


def test_a_source_without_real_places_gives_no_frames(tmp_path: Path) -> None:
    import typer

    from bench.frames.__main__ import main

    app = typer.Typer()
    app.command()(main)
    asked = ["--data", str(tmp_path), "--json", str(tmp_path / "found.json")]
    assert CliRunner().invoke(app, asked).exit_code == 0
    assert json.loads((tmp_path / "found.json").read_text())["frames"] == []
    refused = CliRunner().invoke(app, ["--data", str(tmp_path), "--months", "2017"])
    assert refused.exit_code == 2
    assert "2016-12:2017-04" in refused.stderr


@pytest.fixture(scope="module")
def romania(shared: Path) -> Path:
    return shared / "real" / "romania"


@pytest.mark.shared
def test_an_earlier_edge_shows_the_same_pixels_at_the_same_places(romania, tmp_path) -> None:
    day = "20180701"
    trim = Trim(west=3, south=1, north=2)
    made = copy_archive(romania / "archive", tmp_path, trim=trim, wanted=lambda one: day in one)
    (item,) = made.glob("*/item.json")
    told = json.loads(item.read_text())
    for band, step in (("blue", 2), ("scl", 1)):
        with (
            rasterio.open(item.parent / told["assets"][band]["href"]) as cut,
            rasterio.open(
                romania / "archive" / item.parent.name / cut.name.split("/")[-1]
            ) as whole,
        ):
            rows, columns = slice(2 * step, whole.height - step), slice(3 * step, whole.width)
            assert (cut.read(1) == whole.read(1)[rows, columns]).all()
            assert cut.bounds.left == pytest.approx(whole.bounds.left + 60)
            assert cut.bounds.top == pytest.approx(whole.bounds.top - 40)
            assert told["assets"][band]["proj:shape"] == list(cut.shape)
    assert (
        told["bbox"][0]
        > json.loads((romania / "archive" / item.parent.name / "item.json").read_text())["bbox"][0]
    )


@pytest.mark.shared
def test_half_of_what_lies_beyond_the_zones_is_cut_off(romania) -> None:
    site = read_watch_list(romania / "site")[0]
    inner = changed(site, zones=[site.zone("forest-south")], margin_m=0.0)
    trim = half_way(romania / "archive", inner)
    assert trim.north > trim.south
    assert trim.east > trim.west


@pytest.mark.shared
def test_ground_on_which_the_road_was_built_is_not_quiet(romania) -> None:
    from rasterio.features import geometry_mask

    from resources.grids import zone_geometry

    found = survey(romania / "archive")
    site = read_watch_list(romania / "site")[0]
    inside = {
        name: ~geometry_mask(
            [zone_geometry(site.zone(name), found.epsg)], found.stable.shape, found.transform
        )
        for name in ("corridor", "forest-south")
    }
    assert found.stable[inside["forest-south"]].mean() > 0.8
    assert found.stable[inside["corridor"]].mean() < 0.3


@pytest.mark.shared
def test_real_looks_are_taken_through_the_lake_as_they_are_and_at_an_edge(
    romania, tmp_path
) -> None:
    shutil.copytree(romania / "site", tmp_path / "site")
    copy_archive(romania / "archive", tmp_path / "archive", wanted=lambda item: "_2018050" in item)
    frames = frames_of("romania", tmp_path, (20.0,), tmp_path / "scratch")
    assert [one.name for one in frames.all] == ["20 m", "edge"]
    outcomes = run([frames], with_alerts=True, tell=lambda _: None, workers=1)
    told = json.loads(json.dumps(figures(outcomes, with_alerts=True), allow_nan=False))
    whole, edge = told["frames"]
    assert "states_equal" not in whole
    assert whole["alerts"] == []
    assert whole["looks"] == edge["looks"] == 2
    assert edge["source"] == "edge"
    assert edge["rows_in_common"] == 1
    assert edge["values_equal"] is not None
    assert "| romania, edge |" in markdown(outcomes)


@pytest.mark.shared
def test_margins_and_further_zones_make_a_frame_each(romania, tmp_path) -> None:
    frames = frames_of("romania", romania, (40.0, 0.0), tmp_path, further=(0, 2), seed=3)
    names = [one.name for one in frames.all]
    assert names == ["40 m +2", "0 m", "0 m +2", "40 m", "edge"]
    assert len(frames.widest.site.zones) == 5
    assert len({one.site.config_hash for one in frames.all}) == 4


def test_figures_that_are_not_as_wanted_are_named() -> None:
    site = ground(np.ones((2, 2), bool))[1]
    variant = Variant("made", "0 m", site, Path("nowhere"))
    frames = Frames(variant, (variant,))
    one, other = measured(0.5, east_px=1.3), measured(0.6)
    told = figures(
        [Outcome(frames.widest, other, None), Outcome(frames.others[0], one, compare(one, other))]
    )
    assert told["failing"] == {"made, 0 m": ["values_equal", "shifts_equal", "largest_shift_px"]}
