"""Real items spoilt in 500 ways: each is still the same item, or refused with a short reason."""

import copy
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from resources.errors import ItemRefused
from resources.http.documents import Bucket, FetchAllowlist
from resources.models import Item
from resources.sources.stac.fields import item_footprint, sensing_time
from resources.sources.stac.items import parse_item, readable_id
from resources.sources.stac.services import EARTH_SEARCH_HOSTS

pytestmark = pytest.mark.shared

MUTATIONS = 500
SECONDS = 1.0  # of one core
GONE = object()
REASON = 600  # characters
REACH = FetchAllowlist(
    hosts=EARTH_SEARCH_HOSTS | {"sentinel2l2a01.blob.core.windows.net"}, buckets=(Bucket("eodata"),)
)
Path_ = tuple[str | int, ...]

SAMPLES = (
    "01-earth-search/mapchete-eo/items/S2B_33TWN_20220130_0_L2A.json",
    "01-earth-search/rustac/c1_13TDE_10_scenes.item-collection.json",
    "03-cdse-stac-and-planetary-computer/cdse/search_l2a_N0512_2026.json",
    "03-cdse-stac-and-planetary-computer/planetary-computer/one_pass_9_tiles_20200606.json",
)

MAY_CHANGE = {
    "id": {"item_id", "product_name"},
    "collection": {"collection"},
    "geometry": {"footprint"},
    "assets": {"bands", "epsg"},
    "datetime": {"sensed_at", "attribution"},
    "attribution": {"attribution"},
    "grid:code": {"mgrs_tile"},
    "s2:mgrs_tile": {"mgrs_tile"},
    "proj:epsg": {"epsg"},
    "proj:code": {"epsg"},
    "s2:datastrip_id": {"datastrip_at", "sensed_at"},
    "eopf:datastrip_id": {"datastrip_at", "sensed_at"},
    # the name gone, the other identifiers and properties stand in for it
    "s2:product_uri": {"product_name", "datatake_at", "relative_orbit", "generated_at"},
    "s2:generation_time": {"generated_at"},
    "processing:datetime": {"generated_at"},
    "published": {"published_at"},
    "created": {"published_at"},
    "updated": {"published_at", "updated_at"},
    "earthsearch:boa_offset_applied": {"is_offset_applied"},
    "view:sun_elevation": {"sun_elevation_deg"},
    "view:sun_azimuth": {"sun_azimuth_deg"},
    "s2:mean_solar_zenith": {"sun_elevation_deg"},
    "s2:mean_solar_azimuth": {"sun_azimuth_deg"},
    "view:incidence_angle": {"view_zenith_deg"},
}
"""What of an item may differ once a field was spoilt; nothing else may."""

HREFS = (
    "file:///etc/passwd",
    "/etc/passwd",
    "../../../../etc/passwd",
    "/vsicurl/https://evil.example/B04.tif",
    "/vsizip//vsicurl/https://evil.example/a.zip/B04.tif",
    "data:image/tiff;base64,SUkqAA==",
    "https://evil.example/B04.tif",
    "https://sentinel-cogs.s3.us-west-2.amazonaws.com@evil.example/B04.tif",
    "https://sentinel-cogs.s3.us-west-2.amazonaws.com.evil.example/B04.tif",
    "https://sentinel-cogs.s3.us-west-2.amazonaws.com\\@evil.example/B04.tif",
    "https://evil.example#@sentinel-cogs.s3.us-west-2.amazonaws.com/B04.tif",
    "http://169.254.169.254/latest/meta-data/B04.tif",
    "http://localhost:8080/B04.tif",
    "https://\uff53entinel-cogs.s3.us-west-2.amazonaws.com/B04.tif",
    "s3://other/B04.tif",
    "s3://eodata/../other/B04.jp2",
    "gs://bucket/B04.tif",
    "https://sentinel-cogs.s3.us-west-2.amazonaws.com/a\r\nHost: evil.example/B04.tif",
    "https://sentinel-cogs.s3.us-west-2.amazonaws.com/" + "a" * 10**6,
    "\x00", "", "\u202efit.40B",
)  # fmt: skip


def wide(text: str) -> str:
    """The text with other digits, which regular expressions and int() take for ours."""
    return text.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})


@cache
def nested(depth: int) -> object:
    value: object = "deep"
    for _ in range(depth):
        value = [value]
    return value


ANYTHING: tuple[Callable[[Random], object], ...] = (
    lambda _: None,
    lambda _: True,
    lambda _: -1,
    lambda _: 0,
    lambda _: 10**400,
    lambda _: 10**5000,  # too many digits to write out
    lambda _: 1e308,
    lambda _: float("nan"),
    lambda _: float("-inf"),
    lambda _: [],
    lambda _: {},
    lambda _: [[]],
    lambda _: nested(100_000),
    lambda _: {"type": "Polygon", "coordinates": nested(100_000)},
    lambda _: "",
    lambda _: "x" * 10**6,
    lambda _: "9" * 10**6,
    lambda _: "../../etc/passwd",
    lambda _: "a\x00b\x1b[31mred\r\n",
    lambda _: "\u202eLA2_\u202c",
    lambda _: "\ud800",
    lambda _: wide("S2A_MSIL2A_20230815T095031_N0509_R079_T33TWL_20230815T155057"),
    lambda _: "S2A_MSIL2A_20231332T256161_N0509_R999_T33TWL_20230815T155057.SAFE",
    lambda _: "S2A_MSIL1C_20230815T095031_N0509_R079_T33TWL_20230815T155057.SAFE",
    lambda _: wide("2023-08-15T09:58:11Z"),
    lambda _: "9999-12-31T23:59:59-14:00",
    lambda _: "0001-01-01T00:00:00+14:00",
    lambda _: wide("MGRS-33TWL"),
    lambda _: "sentinel-2\u212a",
    lambda rng: rng.random() * 10 ** rng.randrange(12),
    lambda rng: rng.choice(HREFS),
)


def geometries() -> list[object]:
    """Shapes that are none, or that would take minutes to compare, mend or write out."""
    rng = Random(3)
    points = [[rng.uniform(0, 10), rng.uniform(0, 10)] for _ in range(4_990)]
    bars = [polygon(bar)["coordinates"] for bar in combs()]
    return [
        polygon(points),
        polygon(points[:400]),
        polygon([[i / 500, (i % 2) * 5] for i in range(4_990)] + [[10, -1], [0, -1]]),
        polygon([[0, 0]] * 10**6),
        polygon([[0, 0], [1e308, 0], [1e308, 1e308]]),
        polygon([[0, 0], [float("nan"), 0], [1, 1]]),
        polygon([[0, 0], [1, 1]]),
        polygon([["0", "0"], ["1", "0"], ["1", "1"]]),
        polygon([[True, False], [1, 0], [1, 1]]),
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "GeometryCollection", "geometries": nested(1000)},
        {"type": ["Polygon"], "coordinates": {}},
        {"type": "MultiPolygon", "coordinates": bars},
    ]


def polygon(ring: list[list[Any]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def combs() -> Iterator[list[list[float]]]:
    """Two thousand thin bars, half of them across the others: a million crossings."""
    for i in range(1000):
        at = i / 100
        yield [[at, 0], [at + 0.004, 0], [at + 0.004, 10], [at, 10]]
        yield [[0, at], [10, at], [10, at + 0.004], [0, at + 0.004]]


def places(value: object, path: Path_ = ()) -> Iterator[Path_]:
    """Every place in a JSON document."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, part in value.items():
            yield from places(part, (*path, key))
    elif isinstance(value, list):
        for number, part in enumerate(value[:3]):
            yield from places(part, (*path, number))


def spoilt(raw: dict[str, Any], rng: Random, shapes: list[object]) -> tuple[dict[str, Any], Path_]:
    """A copy with one thing changed or gone, and where."""
    keys = ("B02_10m", "B04", "red", "scl", "SCL_20m", "SCL")
    assets = [key for key in keys if key in raw["assets"]]
    top: list[Path_] = [(key,) for key in raw]
    told: list[Path_] = [("properties", key) for key in raw["properties"]]
    kind = rng.randrange(6)
    if kind == 4:
        return changed(raw, path := ("assets", rng.choice(assets), "href"), rng.choice(HREFS)), path
    if kind == 5:
        return changed(raw, ("geometry",), rng.choice(shapes)), ("geometry",)
    path = rng.choice([*top, *told] if kind < 3 else list(places(raw)))
    value = GONE if kind == 0 else rng.choice(ANYTHING)(rng)
    return changed(raw, path, value), path


def changed(content: Any, path: Path_, value: object) -> Any:
    """A copy, as far as it differs, with another value at a place, or none."""
    copied = copy.copy(content)
    key, *rest = path
    if rest:
        copied[key] = changed(content[key], tuple(rest), value)
    elif value is GONE:
        del copied[key]
    else:
        copied[key] = value
    return copied


def bases(shared: Path) -> list[tuple[dict[str, Any], Item]]:
    raws = []
    for sample in SAMPLES:
        content = json.loads((shared / "contracts" / sample).read_text())
        raws.append(content if content["type"] == "Feature" else content["features"][0])
    return [(raw, parse_item(raw, "here", REACH.checked)) for raw in raws]


def may_change(path: Path_) -> set[str]:
    top = str(path[0])
    if top == "properties":
        every = set().union(*MAY_CHANGE.values()) if len(path) == 1 else set()
        return every | MAY_CHANGE.get(str(path[1]) if len(path) > 1 else "", set())
    return MAY_CHANGE.get(top, set())


def test_500_spoilt_items_are_the_same_item_or_refused_with_a_short_reason(shared: Path) -> None:
    rng, shapes, outcomes = Random(20231), geometries(), Counter()
    originals = bases(shared)
    for number in range(MUTATIONS):
        raw, original = originals[number % len(originals)]
        mutant, path = spoilt(raw, rng, shapes)
        began = time.thread_time()
        try:
            item = parse_item(mutant, "here", REACH.checked)
        except ItemRefused as refusal:
            item, words = None, (refusal.item_id, refusal.reason)
        else:
            words = ("", "")
            check_same(item, original, path)
        assert time.thread_time() - began < SECONDS, path
        assert "".join(words).isprintable(), path
        assert len(words[0]) <= 128, path
        assert len(words[1]) <= REASON, path
        outcomes["refused" if item is None else "read"] += 1
    assert sum(outcomes.values()) == MUTATIONS
    assert min(outcomes["read"], outcomes["refused"]) > MUTATIONS / 5  # the test tests something


def check_same(item: Item, original: Item, path: Path_) -> None:
    """Nothing differs but what the spoilt field tells, and no address leads elsewhere."""
    changed = {
        field.name
        for field in fields(Item)
        if getattr(item, field.name) != getattr(original, field.name)
    }
    assert changed <= may_change(path), path
    hrefs = {band.href for band in item.bands.values()}
    assert hrefs <= {band.href for band in original.bands.values()}, path
    assert hrefs.isdisjoint(HREFS), path
    assert item.datatake_at is None or abs((item.sensed_at - item.datatake_at).seconds) <= 3600
    assert item.footprint.is_valid, path
    assert item.attribution.isprintable(), path
    assert len(item.attribution) <= 300, path


def test_what_sources_ask_before_parsing_only_ever_answers_or_refuses(shared: Path) -> None:
    rng, shapes, originals = Random(7), geometries(), bases(shared)
    for number in range(100):
        mutant, path = spoilt(originals[number % len(originals)][0], rng, shapes)
        for ask in (sensing_time, item_footprint):
            words = ""
            try:
                ask(mutant)
            except ValueError as cause:
                words = str(cause)
            assert len(words) <= REASON, path
            assert words.isprintable(), path
        assert len(readable_id(mutant)) <= 128


def test_what_is_no_object_at_all_is_refused_in_few_words() -> None:
    for raw in (nested(100_000), float("nan"), 10**5000, "x" * 10**6, None):
        with pytest.raises(ItemRefused, match="JSON object") as refusal:
            parse_item(raw, "here", REACH.checked)
        assert len(str(refusal.value)) < 120


def test_no_band_is_ever_read_from_elsewhere(shared: Path) -> None:
    for href, (raw, _) in product(HREFS, bases(shared)):
        mutant = copy.deepcopy(raw)
        for asset in mutant["assets"].values():
            asset["href"] = href
        with pytest.raises(ItemRefused, match="none of its required bands") as refusal:
            parse_item(mutant, "here", REACH.checked)
        assert len(refusal.value.reason) <= REASON
        assert str(refusal.value).isprintable()
