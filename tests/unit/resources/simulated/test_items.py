"""Items, catalogue and site file of the simulated source."""

import json
from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import shape

from resources.models import REFLECTANCE_BANDS
from resources.simulated.items import stac_catalog, stac_item
from resources.simulated.outlines import swath_footprint
from resources.simulated.render import tile_shape
from resources.simulated.scenery.layout import TILE
from resources.simulated.scenery.passes import all_looks
from resources.simulated.scenery.simulation import Simulation
from resources.simulated.scenery.story import draw_story
from resources.simulated.site_file import airbase_watch_list
from resources.simulated.sky.atmosphere import StoredImage, unseen_pixels
from resources.simulated.sky.weather import all_skies
from resources.sources.stac.items import parse_item
from resources.watchlist.read import parse_watch_list

SIMULATION = Simulation(months=3)
LOOKS = all_looks(SIMULATION)
SKIES = all_skies(SIMULATION, LOOKS, draw_story(SIMULATION))


def picture(no_data_fraction: float = 0.0) -> StoredImage:
    scl = np.repeat(np.array([0, 4, 5, 9], dtype=np.uint8), 25).reshape(10, 10)
    return StoredImage({"scl": scl}, 0.25, 0.0, no_data_fraction)


def test_our_own_reader_understands_an_item_as_earth_searchs() -> None:
    look, sky = LOOKS[0], replace(SKIES[0], unseen=0.0)
    raw = json.loads(json.dumps(stac_item(look, sky, picture())))
    item = parse_item(raw, "simulated", lambda href: href)
    assert item.is_simulated
    assert "SIMULATED" in item.attribution
    assert item.relative_orbit == look.relative_orbit
    assert item.sensed_at == look.sensed_at
    assert item.datatake_at == look.datatake_at
    assert item.mgrs_tile == "29TLG"
    assert item.epsg == 32629
    assert item.processing_baseline.startswith("05.")
    assert item.is_offset_applied is False
    assert tuple(item.bands) == (*REFLECTANCE_BANDS, "scl")
    assert item.bands["red"].offset == -0.1
    assert item.bands["red"].scale == 1e-4


def test_percentages_are_of_the_seen_pixels() -> None:
    properties = stac_item(LOOKS[0], SKIES[0], picture(0.25))["properties"]
    assert properties["eo:cloud_cover"] == pytest.approx(100 / 3, abs=1e-4)
    assert properties["s2:vegetation_percentage"] == pytest.approx(100 / 3, abs=1e-4)
    assert properties["s2:nodata_pixel_percentage"] == 25


@pytest.mark.parametrize("is_east", [True, False])
@pytest.mark.parametrize("unseen", [0.0, 0.15, 0.5, 0.85])
def test_the_footprint_is_the_part_of_the_tile_that_was_seen(
    unseen: float, *, is_east: bool
) -> None:
    sky = replace(SKIES[0], unseen=unseen, is_east_unseen=is_east)
    whole = swath_footprint(replace(sky, unseen=0.0), TILE)
    share = swath_footprint(sky, TILE).area / whole.area
    assert share == pytest.approx(1 - unseen_pixels(sky, tile_shape(20)).mean(), abs=0.01)
    side = swath_footprint(sky, TILE).centroid.x - whole.centroid.x
    assert unseen == 0 or (side < 0) == is_east


def test_every_document_says_simulated() -> None:
    item = stac_item(LOOKS[0], SKIES[0], picture())
    catalog, sites = stac_catalog(LOOKS), airbase_watch_list()
    for document in (item["properties"], catalog):
        assert "SIMULATED" in document["title"]
        assert "SIMULATED" in document["description"]
    assert all("SIMULATED" in asset["title"] for asset in item["assets"].values())
    for feature in sites["features"]:
        assert feature["properties"]["site_name"] == "SIMULATED air base"
        assert "SIMULATED" in feature["properties"]["name"]


def test_item_names_are_unique_and_linked_once() -> None:
    links = [link["href"] for link in stac_catalog(LOOKS)["links"] if link["rel"] == "item"]
    assert len(set(links)) == len(LOOKS) == len(links)


def test_the_site_file_is_a_good_watch_list_with_seven_decimals() -> None:
    (site,) = parse_watch_list(json.dumps(airbase_watch_list()), name="simulated")
    assert site.site_id == "simulated-airbase"
    assert {zone.zone_id: zone.kind for zone in site.zones} == {
        "main-apron": "apron",
        "helicopter-stand": "apron",
        "vehicle-park": "parking",
        "runway": "runway",
        "depot": "storage",
        "grass-reference": "reference",
        "concrete-reference": "reference",
    }
    for feature in airbase_watch_list()["features"]:
        for x, y in shape(feature["geometry"]).exterior.coords:
            assert -12 < x < -10
            assert 41 < y < 43
            assert round(x, 7) == x
