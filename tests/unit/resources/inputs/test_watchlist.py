"""Watch lists: what is accepted, and that each fault is told with its place and remedy."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.errors import WatchListError
from resources.models import ZONE_KINDS, Site
from resources.watchlist.read import parse_watch_list

HOSTILE_NAMES = [
    "<img src=x onerror=alert(1)>",
    "'; drop table sites; --",
    "${jndi:ldap://x}",
    "../../etc/passwd",
    "[red]markup[/red] {braces} %s",
    "قاعدة حميميم الجوية",
    "=1+1",
    "👩‍✈️",
]


def square(x: float = 35.945, y: float = 35.395, size: float = 0.005) -> list[Any]:
    return [[[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]]


def polygon(rings: Any = None) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": square() if rings is None else rings}


def feature(geometry: Any = None, **changes: Any) -> dict[str, Any]:
    """A good feature; a property given as ... is left out."""
    properties = {
        "site": "khmeimim",
        "site_name": "Khmeimim",
        "zone": "apron",
        "name": "Apron",
        "kind": "apron",
        **changes,
    }
    kept = {key: value for key, value in properties.items() if value is not ...}
    return {
        "type": "Feature",
        "properties": kept,
        "geometry": polygon() if geometry is None else geometry,
    }


def text_of(*features: Any, **members: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features), **members})


def read(*features: Any, **members: Any) -> tuple[Site, ...]:
    return parse_watch_list(text_of(*features, **members), name="list.geojson")


def problems_of(text: str) -> list[str]:
    with pytest.raises(WatchListError) as caught:
        parse_watch_list(text, name="list.geojson")
    return str(caught.value).splitlines()


def only_problem(*features: Any, **members: Any) -> str:
    (problem,) = problems_of(text_of(*features, **members))
    return problem


def test_a_good_list_becomes_sites_with_their_defaults() -> None:
    (site,) = read(feature(), feature(zone="yard", kind="yard", approximate=True))
    assert (site.site_id, site.name, site.epsg, site.margin_m) == (
        "khmeimim",
        "Khmeimim",
        32636,
        500.0,
    )
    assert [(z.zone_id, z.kind, z.is_approximate) for z in site.zones] == [
        ("apron", "apron", False),
        ("yard", "yard", True),
    ]
    assert site.zone("apron").geometry.bounds == pytest.approx((35.945, 35.395, 35.95, 35.4))


def test_sites_and_zones_keep_the_order_in_which_they_are_named() -> None:
    sites = read(
        feature(site="b", zone="z"), feature(site="a", zone="y"), feature(site="b", zone="x")
    )
    assert [(s.site_id, [z.zone_id for z in s.zones]) for s in sites] == [
        ("b", ["z", "x"]),
        ("a", ["y"]),
    ]


@pytest.mark.parametrize("kind", ZONE_KINDS)
def test_every_kind_of_the_design_is_accepted(kind: str) -> None:
    assert read(feature(kind=kind))[0].zones[0].kind == kind


def test_multipolygons_holes_and_heights_are_accepted_and_heights_dropped() -> None:
    shell = [[*position, 48.0] for position in square()[0]]
    hole = square(35.946, 35.396, 0.001)[0]
    parts = [[shell, hole], square(35.96, 35.395, 0.002)]
    (site,) = read(feature({"type": "MultiPolygon", "coordinates": parts}))
    geometry = site.zones[0].geometry
    assert geometry.geom_type == "MultiPolygon"
    assert not geometry.has_z
    assert geometry.area == pytest.approx(0.005**2 - 0.001**2 + 0.002**2)


def test_optional_properties_may_be_null_or_stated_once_for_the_site() -> None:
    (site,) = read(
        feature(epsg=None, margin_m=None, approximate=None),
        feature(zone="yard", epsg=32637.0, margin_m=0),
    )
    assert (site.epsg, site.margin_m) == (32637, 0.0)
    assert type(site.epsg) is int


def test_the_rate_of_false_alarms_is_the_operators_and_changes_no_month() -> None:
    (usual,) = read(feature())
    (asked,) = read(feature(), feature(zone="yard", false_alarms_per_year=2))
    assert (usual.false_alarms_per_year, asked.false_alarms_per_year) == (0.5, 2.0)
    (same,) = read(feature(false_alarms_per_year=2))
    assert same.config_hash == usual.config_hash


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_are_just_text(name: str) -> None:
    (site,) = read(feature(name=name, site_name=name))
    assert site.name == site.zones[0].name == name


@pytest.mark.parametrize(
    "crs",
    [
        None,
        {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
        {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4326"}},
        {"type": "name", "properties": {"name": "EPSG:4326"}},
    ],
)
def test_a_crs_member_that_means_degrees_is_accepted(crs: Any) -> None:
    assert read(feature(), crs=crs)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{not json", "expected JSON, found something else at line 1, column 2"),
        ("", "expected JSON"),
        ("[" * 100_000, "endless nesting"),
        ('{"type": ' + "9" * 5000 + "}", "thousands of digits"),
        ("[]", 'field type: expected "FeatureCollection", found []'),
        ("null", "found nothing"),
        ('"FeatureCollection"', "field type"),
        ('{"type": "Feature"}', "found 'Feature'"),
        ('{"type": "FeatureCollection"}', "field features: expected a list"),
        ('{"type": "FeatureCollection", "features": []}', "field features: expected a list"),
        ('{"type": "FeatureCollection", "features": {}}', "field features: expected a list"),
        (text_of(feature(), crs={"properties": {"name": "EPSG:3857"}}), "field crs"),
        (text_of(feature(), crs="EPSG:32636"), "field crs"),
        ('{"type": 1, "type": "FeatureCollection"}', "field 'type': expected once"),
    ],
)
def test_a_text_that_is_no_list_of_features_is_refused(text: str, message: str) -> None:
    (problem,) = problems_of(text)
    assert problem.startswith("list.geojson: ")
    assert message in problem


@pytest.mark.parametrize("item", [None, 7, [], {"type": "Point"}, {}])
def test_what_is_no_feature_is_told_by_its_number(item: Any) -> None:
    (problem,) = problems_of(text_of(feature(), item))
    assert problem.startswith("list.geojson, feature 2 (site nothing, zone nothing), field type")


@pytest.mark.parametrize("properties", [None, [], "site"])
def test_a_feature_without_properties_is_refused(properties: Any) -> None:
    broken = {**feature(), "properties": properties}
    assert "field properties: expected site" in only_problem(broken)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        *((field, ..., "found nothing") for field in ("site", "zone", "site_name", "name", "kind")),
        *((field, "", "found ''") for field in ("site", "zone", "site_name", "name", "kind")),
        *((field, 5, "found 5") for field in ("site", "zone", "site_name", "name", "kind")),
        ("site", "Khmeimim", "1 to 63 of a-z"),
        ("site", "../etc", "1 to 63 of a-z"),
        ("site", "a/b", "1 to 63 of a-z"),
        ("site", "a|b", "1 to 63 of a-z"),
        ("site", "abc\n", "1 to 63 of a-z"),
        ("site", "-abc", "1 to 63 of a-z"),
        ("site", "a" * 64, "1 to 63 of a-z"),
        ("site", "хмеймим", "1 to 63 of a-z"),
        ("zone", "apron.1", "1 to 63 of a-z"),
        ("site", "con", "Windows reserves"),
        ("zone", "nul", "Windows reserves"),
        ("zone", "com1", "Windows reserves"),
        ("kind", "hangar", "expected one of apron, runway"),
        ("kind", "Apron", "expected one of apron, runway"),
        ("kind", ["apron"], "expected one of apron, runway"),
        ("name", "   ", "expected a name"),
        ("name", "x" * 201, "at most 200 characters, found 201"),
        ("name", "a\nb", "found U+000A"),
        ("name", "a\x1b[31m", "found U+001B"),
        ("name", "a\x85b", "found U+0085"),
        ("name", "a\u2028b", "found U+2028"),
        ("name", "a\u202eb", "found U+202E"),
        ("site_name", "a\ud800b", "found U+D800"),
        ("approximate", "true", "expected true or false"),
        ("approximate", 1, "expected true or false"),
        ("false_alarms_per_year", 0, "false alarms a year from 0.01 to 12"),
        ("false_alarms_per_year", 13, "false alarms a year from 0.01 to 12"),
        ("false_alarms_per_year", "0.5", "false alarms a year from 0.01 to 12"),
        ("false_alarms_per_year", True, "false alarms a year from 0.01 to 12"),
        ("margin_m", -1, "metres from 0 to 5000"),
        ("margin_m", 5000.1, "metres from 0 to 5000"),
        ("margin_m", math.nan, "metres from 0 to 5000"),
        ("margin_m", "500", "metres from 0 to 5000"),
        ("margin_m", True, "metres from 0 to 5000"),
        ("epsg", "EPSG:32636", "expected a number such as 32636"),
        ("epsg", 32636.5, "expected a number such as 32636"),
        ("epsg", math.inf, "expected a number such as 32636"),
        ("epsg", True, "expected a number such as 32636"),
        ("epsg", 4326, "is not projected"),
        ("epsg", 4978, "is not projected"),
        ("epsg", 99999, "is not a known EPSG code"),
        ("epsg", -1, "is not a known EPSG code"),
        ("epsg", 10**30, "is not a known EPSG code"),
        ("epsg", 2263, "is not in metres but in US survey foot"),
        ("epsg", 2053, "counts westward"),
        ("epsg", 3857, "within reach of EPSG:3857"),
    ],
)
def test_each_wrong_property_is_told_with_its_field(field: str, value: Any, expected: str) -> None:
    problem = only_problem(feature(**{field: value}))
    place = "field geometry" if expected.startswith("within") else f"field {field}"
    assert problem.startswith("list.geojson, feature 1 (site ")
    assert f"), {place}: " in problem
    assert expected in problem
    assert problem.isprintable()


@pytest.mark.parametrize(
    ("key", "meant"),
    [("Kind", "kind"), ("margin", "margin_m"), ("approximat", "approximate"), ("EPSG", "epsg")],
)
def test_a_property_spelt_almost_right_is_not_lost_in_silence(key: str, meant: str) -> None:
    assert f"field {key!r}: expected {meant}" in only_problem(feature(**{key: 1}))


def test_other_properties_are_the_owners_own() -> None:
    assert read(feature(basis="OurAirports", source="x", id=3, fid=None, length_m=2796))


@pytest.mark.parametrize("where", ["feature", "properties", "geometry"])
def test_a_key_that_comes_twice_is_told(where: str) -> None:
    text = text_of(feature())
    first = {
        "feature": ('"type": "Feature"', '"type": "Feature", "type": "Feature"'),
        "properties": ('"kind": "apron"', '"kind": "yard", "kind": "apron"'),
        "geometry": ('"type": "Polygon"', '"type": "Point", "type": "Polygon"'),
    }[where]
    (problem,) = problems_of(text.replace(*first))
    assert "expected once, found twice" in problem
    assert "feature 1 (site khmeimim, zone apron)" in problem


SQUARE = square()[0]
METRES = [[768_000, 3_922_000], [769_000, 3_922_000], [769_000, 3_923_000], [768_000, 3_922_000]]


@pytest.mark.parametrize(
    ("geometry", "expected"),
    [
        ({"type": "Point", "coordinates": [35.9, 35.4]}, "Polygon or MultiPolygon, found 'Point'"),
        ({"type": "GeometryCollection", "geometries": []}, "Polygon or MultiPolygon"),
        ({"type": ["Polygon"]}, "Polygon or MultiPolygon"),
        ("Polygon", "Polygon or MultiPolygon"),
        ({"type": "Polygon"}, "expected a list of rings"),
        ({"type": "Polygon", "coordinates": []}, "expected a list of rings"),
        ({"type": "MultiPolygon", "coordinates": []}, "expected a list of polygons"),
        (polygon([[]]), "expected a list of positions"),
        (polygon([SQUARE[:2] + SQUARE[:1]]), "at least four positions"),
        (polygon([SQUARE[:-1]]), "expected closed rings"),
        (polygon([[["35", "36"], *SQUARE[1:]]]), "positions [longitude, latitude]"),
        (polygon([[[35.9], *SQUARE[1:]]]), "positions [longitude, latitude]"),
        (polygon([[35.9, 35.4, 36.0, 35.9]]), "positions [longitude, latitude]"),
        (polygon([[[True, 35.4], *SQUARE[1:]]]), "positions [longitude, latitude]"),
        (polygon([[[math.nan, 35.4], *SQUARE[1:]]]), "expected finite numbers"),
        (polygon([[[35.9, -math.inf], *SQUARE[1:]]]), "expected finite numbers"),
        (polygon([[[10**400, 35.4], *SQUARE[1:]]]), "expected finite numbers"),
        (polygon([[[51.5, 120.1], *SQUARE[1:]]]), "[51.5, 120.1], which looks swapped"),
        (polygon([METRES]), "looks like projected metres; export the list in EPSG:4326"),
        (polygon([[[190, 10], *SQUARE[1:]]]), "write 190 degrees east as -170"),
        (
            polygon([[SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]]),
            "does not cross or touch itself, found Self-intersection",
        ),
        (polygon([SQUARE, square(36.5, 35.3, 0.001)[0]]), "found Hole lies outside shell"),
        (polygon([[SQUARE[0], SQUARE[1], SQUARE[0], SQUARE[1], SQUARE[0]]]), "found Self-inter"),
        (
            {"type": "MultiPolygon", "coordinates": [square(), square(35.947, 35.397)]},
            "found Self-intersection",
        ),
        (
            polygon([[[179.99, 1], [-179.99, 1], [-179.99, 1.01], [179.99, 1.01], [179.99, 1]]]),
            "180th meridian",
        ),
        (
            {"type": "MultiPolygon", "coordinates": [square(179.99, 1), square(-179.99, 1)]},
            "180th meridian",
        ),
        (polygon(square(35.9, 35.4, 0.0004)), "at least 25 pixels (2500 m2), found 16"),
        (
            polygon(square(35.9, 35.4, 1e-100)),
            "does not cross or touch itself, found Too few points",
        ),
        (polygon([[[0, 0], [0, -1e-111], [0.25, 0], [0, 0]]]), "at least 25 pixels"),
        (polygon(square(35.9, 35.4, 0.3)), "at most 25 km"),
        (polygon(square(10, 10, 50)), "at most 25 km"),
    ],
)
def test_each_wrong_outline_is_told(geometry: Any, expected: str) -> None:
    problem = only_problem(feature(geometry))
    assert problem.startswith("list.geojson, feature 1 (site khmeimim, zone apron), field geometry")
    assert expected in problem


def test_a_feature_without_geometry_is_refused() -> None:
    assert "found nothing; draw" in only_problem({**feature(), "geometry": None})


def test_zones_of_just_twenty_five_pixels_are_accepted_and_smaller_ones_refused() -> None:
    side = 50 / 111_320
    high = side * 111_320 / 110_950
    wide = side / math.cos(math.radians(35.4))
    for scale, is_good in ((1.004, True), (0.985, False)):
        x, y = 33 + wide * scale, 35.4 + high * scale
        ring = [[33, 35.4], [x, 35.4], [x, y], [33, y], [33, 35.4]]
        if is_good:
            assert read(feature(polygon([ring])))
        else:
            assert "25 pixels" in only_problem(feature(polygon([ring])))


def test_a_zone_twice_in_a_site_is_refused_with_both_places() -> None:
    problem = only_problem(feature(), feature(zone="yard"), feature())
    assert problem.startswith("list.geojson, feature 3 (site khmeimim, zone apron), field zone")
    assert "also in list.geojson, feature 1" in problem
    assert len(read(feature(), feature(site="other"))) == 2


@pytest.mark.parametrize(
    ("field", "first", "second"),
    [
        ("site_name", "A", "B"),
        ("epsg", 32636, 32637),
        ("margin_m", 0, 500),
        ("false_alarms_per_year", 0.2, 1.0),
    ],
)
def test_what_belongs_to_the_site_must_agree(field: str, first: Any, second: Any) -> None:
    problem = only_problem(feature(**{field: first}), feature(zone="yard", **{field: second}))
    assert f"feature 2 (site khmeimim, zone yard), field {field}: expected the same" in problem


def test_a_margin_counts_towards_the_width_of_a_site() -> None:
    far = polygon(square(36.145, 35.395))
    assert read(feature(), feature(far, zone="far", margin_m=3000))
    problem = only_problem(feature(), feature(far, zone="far", margin_m=5000))
    assert "at most 25 km with what is read round it" in problem
    assert "found 28.6 km" in problem


def test_what_is_read_counts_where_the_margin_is_smaller() -> None:
    far = polygon(square(36.205, 35.395))
    problem = only_problem(feature(margin_m=0), feature(far, zone="far", margin_m=0))
    assert "found 25." in problem
    assert read(
        feature(margin_m=0), feature(polygon(square(36.195, 35.395)), zone="far", margin_m=0)
    )


def test_distant_zones_are_told_to_be_sites_of_their_own() -> None:
    problem = only_problem(feature(), feature(polygon(square(36.945, 35.395)), zone="far"))
    assert "feature 2 (site khmeimim, zone far)" in problem
    assert "found this zone 91 km from zone 'apron'" in problem


def test_distant_zones_are_told_beside_one_whose_id_is_wrong() -> None:
    far = feature(polygon(square(36.945, 35.395)), zone="far")
    problems = problems_of(text_of(feature(zone="Bad Zone"), far))
    assert ["field zone" in line for line in problems] == [True, False]
    assert "found this zone 91 km from zone nothing" in problems[1]


def test_a_zone_that_swapping_brings_home_is_called_swapped() -> None:
    romania = [feature(polygon(square(22.15 + k / 100, 45.2)), zone=f"z{k}") for k in range(3)]
    swapped = feature(polygon(square(45.2, 22.15)), zone="bad")
    for features in ([*romania, swapped], [swapped, *romania], [romania[0], swapped]):
        problem = only_problem(*features)
        assert "zone bad)" in problem
        assert "looks swapped" in problem


def test_a_place_that_the_crs_reaches_only_when_swapped_is_called_swapped() -> None:
    problem = only_problem(feature(polygon(square(45.2, 22.15)), epsg=3035))
    assert "which looks swapped; write longitude first, or correct epsg" in problem


@pytest.mark.parametrize("epsg", [32632, 3035, 27700, 32736, 3413])
def test_a_place_out_of_reach_of_its_crs_is_refused(epsg: int | None) -> None:
    somewhere = polygon(square(-70.0, -33.0))
    assert "within reach" in only_problem(feature(somewhere, epsg=epsg))


@pytest.mark.parametrize(("epsg", "latitude"), [(32636, 35.4), (32637, 35.4), (32736, -1.4)])
def test_the_neighbouring_zone_at_a_seam_may_be_chosen(epsg: int, latitude: float) -> None:
    place = polygon(square(35.95, latitude))
    assert read(feature(place, epsg=epsg))[0].epsg == epsg


def test_beyond_utm_a_crs_must_be_named() -> None:
    north = polygon([[[30, 85], [30.2, 85], [30.2, 85.02], [30, 85.02], [30, 85]]])
    assert "UTM does not reach latitude 85.01" in only_problem(feature(north))
    assert read(feature(north, epsg=3413))[0].epsg == 3413


def test_a_site_whose_margin_crosses_the_antimeridian_is_refused() -> None:
    near = polygon(square(179.99, -16.5, 0.006))
    assert "180th meridian" in only_problem(feature(near))
    assert "180th meridian" in only_problem(feature(near, margin_m=0))
    further = polygon(square(179.98, -16.5, 0.006))
    assert read(feature(further, margin_m=100))[0].epsg == 32760
    sides = feature(near), feature(polygon(square(-179.99, -16.5)), zone="east")
    assert "180th meridian" in only_problem(*sides)


def test_all_problems_are_told_a_line_each() -> None:
    problems = problems_of(
        text_of(
            feature(kind="hangar", margin_m=9000),
            feature(zone="Bad Zone", name=..., geometry=polygon([SQUARE[:-1]])),
            feature(site="other", zone="tiny", geometry=polygon(square(size=0.0001))),
        )
    )
    assert [line.split("), ")[1].split(":")[0] for line in problems] == [
        "field kind",
        "field margin_m",
        "field zone",
        "field name",
        "field geometry",
        "field geometry",
    ]


def test_config_hash_changes_with_everything_that_matters_and_only_with_that() -> None:
    base = read(feature(), feature(zone="yard", kind="yard"))[0].config_hash
    assert len(base) == 16
    assert int(base, 16) >= 0
    turned = polygon([[*SQUARE[2:], *SQUARE[1:3]][::-1]])
    jitter = polygon([[[x + 1e-9, y - 1e-9] for x, y in SQUARE]])
    for same in (
        read(feature(zone="yard", kind="yard"), feature()),
        read(feature(turned), feature(zone="yard", kind="yard", margin_m=500, epsg=32636)),
        read(feature(jitter, approximate=False), feature(zone="yard", kind="yard", basis="x")),
    ):
        assert same[0].config_hash == base
    moved = polygon([[[x + 2e-7, y] for x, y in SQUARE]])
    others = [
        read(feature(moved), feature(zone="yard", kind="yard")),
        read(feature(approximate=True), feature(zone="yard", kind="yard")),
        read(feature(name="Other"), feature(zone="yard", kind="yard")),
        read(feature(), feature(zone="yard")),
        read(feature(), feature(zone="yard2", kind="yard")),
        read(feature(margin_m=0), feature(zone="yard", kind="yard")),
        read(feature(epsg=32637), feature(zone="yard", kind="yard")),
        read(feature(site="k2"), feature(site="k2", zone="yard", kind="yard")),
        read(feature(site_name="K"), feature(site_name="K", zone="yard", kind="yard")),
        read(feature()),
    ]
    hashes = {sites[0].config_hash for sites in others}
    assert len(hashes) == len(others)
    assert base not in hashes


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=12), inner, max_size=5)
    ),
    max_leaves=12,
)
FIELDS = ["site", "site_name", "zone", "name", "kind", "epsg", "margin_m", "approximate"]


@given(field=st.sampled_from(FIELDS), value=JSON_VALUES)
@settings(max_examples=60, deadline=None)
def test_any_property_is_read_or_refused_with_a_line_about_it(field: str, value: Any) -> None:
    try:
        sites = read(feature(**{field: value}))
    except WatchListError as error:
        lines = str(error).splitlines()
        assert lines
        assert all(line.startswith("list.geojson, feature 1 (") for line in lines)
    else:
        assert len(sites) == 1


@given(value=JSON_VALUES, kind=st.sampled_from(["Polygon", "MultiPolygon"]))
@settings(max_examples=150, deadline=None)
def test_any_coordinates_are_read_or_refused_with_a_line_about_them(value: Any, kind: str) -> None:
    broken = feature({"type": kind, "coordinates": value})
    assert "field geometry: expected" in only_problem(broken)


@given(value=JSON_VALUES)
@settings(max_examples=100, deadline=None)
def test_any_json_is_refused_with_a_line_that_names_the_file(value: Any) -> None:
    assert all(line.startswith("list.geojson") for line in problems_of(json.dumps(value)))


@given(
    corners=st.lists(
        st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=3, max_size=6, unique=True
    ),
    epsg=st.sampled_from([None, 32636, 3035, 3413, 27700]),
)
@settings(max_examples=150, deadline=None)
def test_any_outline_on_the_globe_is_read_or_refused_but_never_breaks(
    corners: list[tuple[float, float]], epsg: int | None
) -> None:
    ring = [list(corner) for corner in [*corners, corners[0]]]
    told = "list.geojson, feature 1 (site khmeimim, zone apron), field "
    try:
        read(feature(polygon([ring]), epsg=epsg))
    except WatchListError as error:
        told = str(error)
    assert told.startswith("list.geojson, feature 1 (site khmeimim, zone apron), field ")
