"""Pages from rows that a lake may hold and no watch of the tests makes: what they say is true."""

import datetime as dt
import html
import itertools
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from doubles.alert_rows import CREDIT, GRID
from shapely.geometry import box

from assets.dossiers.pages.site_page import LISTED
from assets.dossiers.writing import WrittenPages, write_site_pages
from resources.archive.dossier_folder import DossierFiles, alert_page, figures_of, site_page
from resources.archive.store import FolderArchive
from resources.lake.lake import Lake
from resources.models import Site, Zone
from resources.settings import load_settings
from resources.wiring.dagster import build_resources

START = dt.datetime(2024, 1, 10, 9, 20, 31, tzinfo=dt.UTC)
ALERT = "a1"
NUMBERS = itertools.count()
NO_PIXELS = "The pixels of the looks that show every zone are not in the archive."


def name_of(day: float) -> str:
    """Id of the look of a day."""
    return f"S2A_{START + dt.timedelta(days=day):%Y%m%dT%H%M%S}_R007"


def look(day: float, **columns: Any) -> dict[str, Any]:
    """A row of `scenes`; its pixels are nowhere."""
    return {
        "acquisition_id": name_of(day),
        "sensed_at": START + dt.timedelta(days=day),
        "relative_orbit": 7,
        "item_ids": ["item"],
        "item_offsets_dn": [0.0],
        "chip_uris": ["field/chips/item/blue-0123456789abcdef.tif"],
        "chip_sha256s": ["0123456789abcdef" * 4],
        "state": "valid",
        "attribution": CREDIT,
        **columns,
    }


def clear(day: float) -> dict[str, Any]:
    """A row of `cloud_masks`: the zone is seen whole."""
    return {
        "acquisition_id": name_of(day),
        "zone_id": "yard",
        "sensed_at": START + dt.timedelta(days=day),
        "state": "valid",
    }


def shift(day: float, east_px: float) -> dict[str, Any]:
    """A row of `registrations`."""
    return {
        "acquisition_id": name_of(day),
        "zone_id": "yard",
        "sensed_at": START + dt.timedelta(days=day),
        "east_px": east_px,
        "south_px": 0.0,
        "state": "registered",
    }


@dataclass
class Place:
    """A site of its own in the lake of these tests, with its pages."""

    lake: Lake
    site_id: str
    files: DossierFiles
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def see(self, *days: float, **columns: Any) -> None:
        """Clear looks on these days."""
        self.put(
            scenes=[look(day, **columns) for day in days],
            cloud_masks=[clear(day) for day in days],
        )

    def put(self, **tables: list[dict[str, Any]]) -> None:
        """Rows of the site."""
        for name, rows in tables.items():
            self.tables[name] = self.tables.get(name, []) + rows
        self.lake.replace_site(self.site_id, self.tables, run_id="test")

    def alarm(
        self, first: float, peak: float, *, zones: tuple[str, ...] = ("yard",), **columns: Any
    ) -> None:
        """An alert from a first look on, strongest at another one; its columns changed."""
        alert = {
            "alert_id": f"{self.site_id}-{ALERT}",
            "status": "possible",
            "direction": "rise",
            "headline": "Yard fuller than usual",
            "opened_on": (START + dt.timedelta(days=first)).date(),
            "score": 2.5,
            "confirmations": 0,
            "false_alarms_per_year": 0.02,
            "false_alarms_per_year_asked": 0.5,
            "summary": "It rose.",
            "first_acquisition_id": name_of(first),
            "peak_acquisition_id": name_of(peak),
            "last_acquisition_id": name_of(peak),
            **columns,
        }
        evidence = [
            {
                "alert_id": alert["alert_id"],
                "zone_id": zone,
                "index_name": "changed_area",
                "peak_z": 6.0,
                "effect": 900.0,
                "unit": "m2",
                "first_acquisition_id": name_of(first),
                "peak_acquisition_id": name_of(peak),
                "false_alarms_per_year": 0.02,
            }
            for zone in zones
        ]
        self.lake.replace_alerts(self.site_id, [alert], evidence, [], run_id="judged")

    def write(self) -> WrittenPages:
        """The pages."""
        archive = FolderArchive(self.files.folder / "archive")
        return write_site_pages(self.lake, archive, self.files, self.site_id)

    def said(self, page: str) -> str:
        """What a reader reads on a page, in one line."""
        text = self.files.path(page).read_text().split("</head>", 1)[1]
        return " ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split())

    def alert_says(self) -> str:
        """The alert's page, written."""
        self.write()
        return self.said(alert_page(f"{self.site_id}-{ALERT}"))

    def site_says(self) -> str:
        """The site's page, written."""
        self.write()
        return self.said(site_page(self.site_id))

    def listed(self) -> list[str]:
        """Looks in the list of figures of the alert's page."""
        data = self.files.get(figures_of(alert_page(f"{self.site_id}-{ALERT}")))
        return json.loads(data or b"{}")["acquisition_ids"]


@pytest.fixture(scope="module")
def lake(watched_field: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """One lake, with a site a test."""
    data = tmp_path_factory.mktemp("rows") / "data"
    shutil.copytree(watched_field, data)
    found = build_resources(load_settings(data=data))["lake"].open()
    yield found
    found.close()


@pytest.fixture
def place(lake: Lake, tmp_path: Path) -> Place:
    site_id = f"place-{next(NUMBERS)}"
    ground = box(22.15, 45.2, 22.16, 45.21)
    site = Site(site_id, "Place", 32634, 0.0, (Zone("yard", "Yard", "yard", ground),), "config")
    lake.put_site(site, GRID, None)
    return Place(lake, site_id, DossierFiles(tmp_path))


# --- before and after ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "words", "others"),
    [
        ((0, 330), "same season of different years", ("some weeks apart", "not of the same")),
        ((330,), "of one season, some weeks apart at most", ("different years", "not of the same")),
        ((200,), "not of the same season", ("different years", "some weeks apart")),
    ],
)
def test_the_page_says_how_alike_the_seasons_of_its_pictures_are(
    place: Place, before: tuple[float, ...], words: str, others: tuple[str, ...]
) -> None:
    place.see(*before, 360)
    place.alarm(360, 360)
    said = place.alert_says()
    assert words in said
    assert not any(other in said for other in others)


def test_a_picture_is_called_the_strongest_only_if_it_is(place: Place) -> None:
    place.see(0, 360, 370)
    place.alarm(360, 370)
    assert f"look {name_of(370)}, the one that departs most." in place.alert_says()
    place.alarm(360, 365)
    assert f"look {name_of(360)}, the first of this alert;" in place.alert_says()


@pytest.mark.parametrize(
    ("days", "orbit", "zones", "reason"),
    [
        ((360,), 7, ("yard",), "no clear look of the same orbit is older than this alert."),
        ((360,), None, ("yard",), "no clear look is older than this alert."),
        ((0, 360), 7, (), "no zone is stored for this alert."),
        ((0, 361), 7, ("yard",), "the first look of this alert is not in the lake any more."),
    ],
)
def test_the_page_says_why_there_is_no_picture_before(
    place: Place, days: tuple[float, ...], orbit: int | None, zones: tuple[str, ...], reason: str
) -> None:
    place.see(*days, relative_orbit=orbit)
    place.alarm(360, days[-1], zones=zones)
    said = place.alert_says()
    assert f"No picture before: {reason}" in said
    assert "the two may have been seen" not in said
    is_dated = 360 in days
    assert ("The shaded time is that of the alert." in said) is is_dated
    assert ("Looks from two years before" in said) is is_dated
    assert ("All looks of the site" in said) is not is_dated


def test_a_peak_before_the_opening_is_not_its_own_picture_before(place: Place) -> None:
    place.see(0, 5, 10)
    place.alarm(10, 5, last_acquisition_id=name_of(10))
    said = place.alert_says()
    assert f"look {name_of(5)}, the one that departs most." in said
    assert re.search(rf"look {name_of(0)}\.\s*After: ", said)


def test_an_alert_that_was_never_confirmed_says_so_beside_the_looks_that_agree(
    place: Place,
) -> None:
    place.see(0, 360)
    place.alarm(360, 360, status="closed", closed_as="not_confirmed", confirmations=8)
    said = place.alert_says()
    assert "Closed: it was never confirmed." in said
    assert "Further looks that agree and may confirm8" in said


def test_an_alert_that_is_told_under_another_id_leads_to_it(place: Place) -> None:
    place.see(0, 360)
    place.alarm(360, 360, status="withdrawn", replaced_by="0123456789abcdef")
    assert "The same event is told now as alert 0123456789abcdef." in place.alert_says()
    page = place.files.path(alert_page(f"{place.site_id}-{ALERT}")).read_text()
    assert 'href="0123456789abcdef.html"' in page


def test_two_pictures_of_an_untold_orbit_may_be_from_different_sides(place: Place) -> None:
    place.see(0, 360, relative_orbit=None)
    place.alarm(360, 360)
    assert "the two may have been seen from different sides" in place.alert_says()


# --- looks --------------------------------------------------------------------------------------


def test_looks_that_were_replaced_or_refused_are_none_of_an_alerts_looks(place: Place) -> None:
    place.see(0, 360)
    place.put(
        scenes=[look(5, state="superseded"), look(7, state="refused"), look(9, state="cloudy")]
    )
    place.alarm(360, 360)
    said = place.alert_says()
    assert place.listed() == [name_of(0), name_of(9), name_of(360)]
    assert [name_of(day) in said for day in (0, 5, 7, 9, 360)] == [True, False, False, True, True]


@pytest.mark.parametrize(
    ("count", "words"), [(LISTED, "All looks"), (LISTED + 1, "The newest looks")]
)
def test_a_list_of_looks_is_called_shortened_only_if_it_is(
    place: Place, count: int, words: str
) -> None:
    place.put(scenes=[look(5 * number, state="cloudy") for number in range(count)])
    assert f"{words}, with product names" in place.site_says()


@pytest.mark.parametrize(
    ("days", "words"),
    [((0,), "Fewer than two looks have shown every zone."), ((0, 5), NO_PIXELS)],
)
def test_the_page_says_why_there_is_no_time_lapse(
    place: Place, days: tuple[float, ...], words: str
) -> None:
    place.see(*days)
    assert words in place.site_says()


def test_a_chart_without_a_look_says_so(place: Place) -> None:
    place.see(0, 360)
    place.alarm(360, 360)
    said = place.alert_says()
    assert "No look of this time is stored." in said
    assert "Every look of this time gave a value." not in said


# --- what is made anew --------------------------------------------------------------------------


@pytest.mark.parametrize("days", [(0, 20, 360), (20, 360)], ids=["with before", "without"])
def test_a_page_is_made_anew_for_the_looks_that_it_shows_alone(
    place: Place, days: tuple[float, ...]
) -> None:
    place.see(*days)
    place.tables["cloud_masks"] = [clear(day) for day in days if day != 20]
    place.put(registrations=[shift(day, 0.1) for day in days])
    place.alarm(360, 360)
    assert place.write().anew == 2
    assert place.write().anew == 0
    _registered(place, 20, 0.2)
    assert place.write().anew == 1, "the site's page alone"
    _registered(place, 360, 0.2)
    assert place.write().anew == 2


def _registered(place: Place, day: float, east_px: float) -> None:
    """The look of a day lies elsewhere by now."""
    others = [r for r in place.tables["registrations"] if r["acquisition_id"] != name_of(day)]
    place.tables["registrations"] = others
    place.put(registrations=[shift(day, east_px)])
