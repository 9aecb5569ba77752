"""Dossiers of the real scenes: what a watch wrote, held against the lake and read in Chromium."""

import dataclasses
import json
import re
import shutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browsers.chromium import barriers, open_browser
from playwright.sync_api import Browser, Page

from assets.dossiers.writing import write_index, write_site_pages
from resources.archive.dossier_folder import INDEX, DossierFiles, alert_page, figures_of, site_page
from resources.archive.store import FolderArchive
from resources.lake.lake import Lake, LakeLocation
from resources.lake.questions.alert_reads import stored_alerts

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("romania")]

ROAD = "romania-road"
MOST_BYTES = 3_000_000
HOSTILE = "<img src=x onerror=document.title='owned'>'; DROP TABLE alerts; --"
FONT_FREE = ("script", "style", "svg", "data", "code", "title")
"""Elements whose digits are no numbers for the reader, or are figures."""


class Reader(HTMLParser):
    """What a page says: its figures, its other text with digits, and its elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.figures: dict[str, tuple[str, str]] = {}
        self.stray: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self._figure = ("", "")
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in FONT_FREE:
            self._open.append(tag)
        if tag == "data":
            found = dict(attrs)
            self._figure = (found["id"], found["value"])
            self.figures[found["id"]] = (found["value"], "")

    def handle_endtag(self, tag: str) -> None:
        if tag in FONT_FREE:
            self._open.remove(tag)

    def handle_data(self, text: str) -> None:
        if "data" in self._open:
            number, raw = self._figure
            self.figures[number] = (raw, self.figures[number][1] + text)
        elif not self._open and re.search(r"\d", text):
            self.stray.append(text.strip())


@pytest.fixture(scope="module")
def pages(whole) -> Path:
    """Folder that the watch wrote."""
    post, _ = whole
    return post.settings.dossiers


@pytest.fixture(scope="module")
def rewrite(whole, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Writes the pages of the same lake, or of another, into a folder of their own."""
    post, _ = whole

    def write(lake: Lake | None = None) -> Path:
        files = DossierFiles(tmp_path_factory.mktemp("dossiers"))
        archive = FolderArchive(post.settings.archive)
        write_site_pages(lake or post.lake, archive, files, ROAD)
        write_index(lake or post.lake, files)
        return files.folder

    return write


@pytest.fixture(scope="module")
def hostile(whole, rewrite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages of the same rows after a watch list gave site and zones other names."""
    post, _ = whole
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(post.data / "lake", folder / "lake")
    lake = Lake(LakeLocation(str(folder / "lake/catalog.sqlite"), str(folder / "lake/files")))
    (stored,) = lake.sites()
    zones = tuple(dataclasses.replace(zone, name=HOSTILE) for zone in stored.site.zones)
    site = dataclasses.replace(stored.site, name=HOSTILE, zones=zones)
    lake.put_site(site, stored.grid)
    try:
        return rewrite(lake)
    finally:
        lake.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as found:
        yield found


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page; at the end, nothing may have gone wrong in it, and nobody was asked."""
    problems: list[str] = []
    contexts = []

    def open_page(path: Path, *, width: int = 1280, **options) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda one: _note(one.url, path, problems))
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


def _note(url: str, path: Path, problems: list[str]) -> None:
    if url != path.as_uri() and not url.startswith("data:"):
        problems.append(f"asked for {url}")


def road_alert(pages: Path, whole) -> Path:
    """Page of the alert of the road."""
    post, _ = whole
    (row,) = [r for r in stored_alerts(post.lake, ROAD) if str(r["opened_on"]) == "2017-04-12"]
    return pages / alert_page(row["alert_id"])


def all_pages(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.html"))


def test_a_watch_writes_a_page_for_each_alert_and_site_and_the_index(whole, pages) -> None:
    post, _ = whole
    names = {alert_page(row["alert_id"]) for row in stored_alerts(post.lake, ROAD)}
    assert {path.relative_to(pages).as_posix() for path in all_pages(pages)} == {
        *names,
        site_page(ROAD),
        INDEX,
    }
    for path in all_pages(pages):
        assert path.stat().st_size < MOST_BYTES
        assert (pages / figures_of(path.relative_to(pages).as_posix())).is_file()


def test_every_number_on_a_page_is_in_its_list_and_in_the_lake(whole, pages) -> None:
    post, _ = whole
    for path in all_pages(pages):
        listed = json.loads(Path(str(path).removesuffix(".html") + ".figures.json").read_text())
        found = Reader(path.read_text())
        assert set(found.figures) == {one["id"] for one in listed["figures"]}
        for one in listed["figures"]:
            value, shown = one["value"], one["shown"]
            raw = value if isinstance(value, str) else json.dumps(value)
            assert found.figures[one["id"]] == (raw, shown)
    (road,) = [json.loads(Path(str(road_alert(pages, whole))[:-5] + ".figures.json").read_text())]
    site = json.loads((pages / figures_of(site_page(ROAD))).read_text())
    for one in [*road["figures"], *site["figures"][::7]]:
        where = " AND ".join(f"{name} IS NOT DISTINCT FROM ?" for name in one["key"])
        (row, *_) = post.lake.query(
            f"SELECT {one['column']} AS value FROM {one['table']} WHERE {where}",
            list(one["key"].values()),
        )
        stored = row["value"]
        stored = stored.isoformat() if hasattr(stored, "isoformat") else stored
        assert stored == one["value"], one


def test_no_number_is_on_a_page_besides_its_figures(pages) -> None:
    for path in all_pages(pages):
        stray = [text for text in Reader(path.read_text()).stray if "Contains modified" not in text]
        assert stray == [], path.name


def test_the_list_of_an_alert_names_its_looks_and_the_software(whole, pages) -> None:
    path = road_alert(pages, whole)
    listed = json.loads(Path(str(path).removesuffix(".html") + ".figures.json").read_text())
    assert listed["site_id"] == ROAD
    assert listed["alert_id"] == path.stem
    assert listed["software_version"]
    assert {"S2A_20170402T000000_R000", "S2A_20170412T000000_R000"} <= set(
        listed["acquisition_ids"]
    )
    assert "changed_area" in {series["key"]["index_name"] for series in listed["series"]}
    for series in listed["series"]:
        assert series["key"]["zone_id"] == "corridor"
        assert len(series["rows"]) == len({row[0] for row in series["rows"]}) > 40
    text = path.read_text()
    for name in listed["acquisition_ids"]:
        assert name in text


def test_pages_come_out_the_same_and_what_is_there_is_left_alone(whole, pages, rewrite) -> None:
    post, _ = whole
    again = rewrite()
    files = {path.relative_to(again).as_posix() for path in again.rglob("*") if path.is_file()}
    for name in sorted(files):
        assert (again / name).read_bytes() == (pages / name).read_bytes(), name
    broken = again / figures_of(site_page(ROAD))
    broken.write_text("{")  # a crash between a page and its list, and a hand that slipped
    archive = FolderArchive(post.settings.archive)
    written = write_site_pages(post.lake, archive, DossierFiles(again), ROAD)
    assert written.anew == 1
    assert broken.read_bytes() == (pages / figures_of(site_page(ROAD))).read_bytes()
    assert {path.relative_to(again).as_posix() for path in again.rglob("*") if path.is_file()} == (
        files
    )


def test_hostile_names_change_nothing_but_their_text(pages, hostile) -> None:
    for path in all_pages(pages):
        other = hostile / path.relative_to(pages)
        plain, attacked = (Reader(one.read_text()) for one in (path, other))
        assert [tag for tag, _ in plain.elements] == [tag for tag, _ in attacked.elements]
        names = [set(attributes) for _, attributes in attacked.elements]
        assert not any(name.startswith("on") for one in names for name in one)
        assert len(plain.figures) == len(attacked.figures)


def test_hostile_names_do_nothing_in_a_browser(hostile, visit) -> None:
    for path in (hostile / INDEX, hostile / site_page(ROAD), next((hostile / "alerts").glob("*l"))):
        page = visit(path)
        assert "owned" not in page.title().split("|")[-1]
        assert HOSTILE in page.locator("body").inner_text()
        assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_pages_open_without_barriers_and_fit_the_screen(whole, pages, visit, width) -> None:
    for path in (pages / INDEX, pages / site_page(ROAD), road_alert(pages, whole)):
        page = visit(path, width=width)
        assert barriers(page) == [], path.name
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(
            "[...document.images].every(one => one.closest('details') || one.naturalWidth)"
        )


def test_links_lead_from_the_index_to_the_alert_and_back(whole, pages, visit) -> None:
    page = visit(pages / INDEX)
    for path in all_pages(pages):
        for tag, attributes in Reader(path.read_text()).elements:
            href = attributes.get("href") or ""
            if tag == "a" and not href.startswith("#"):
                assert (path.parent / href.split("#")[0]).resolve().is_file(), href
    assert page.locator("svg.world a").get_attribute("href") == site_page(ROAD)


def split(page: Page) -> float:
    """Where the earlier picture ends, percent of the width."""
    inset = page.locator(".stage .after").evaluate("one => getComputedStyle(one).clipPath")
    return float(re.findall(r"([\d.]+)%", inset)[-1])


def test_the_slider_follows_the_keyboard(whole, pages, visit) -> None:
    page = visit(road_alert(pages, whole))
    slider = page.get_by_role("slider")
    slider.focus()
    assert split(page) == 50
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert split(page) == 53
    page.keyboard.press("Home")
    assert split(page) == 0
    assert slider.get_attribute("aria-valuetext").startswith("0 percent")


def test_the_slider_follows_the_mouse(whole, pages, visit) -> None:
    page = visit(road_alert(pages, whole))
    page.locator(".stage").scroll_into_view_if_needed()
    place = page.locator(".stage").bounding_box()
    middle = place["y"] + place["height"] / 2
    page.mouse.move(place["x"] + place["width"] / 2, middle)
    page.mouse.down()
    for share in (0.6, 0.75):
        page.mouse.move(place["x"] + place["width"] * share, middle)
        assert split(page) == pytest.approx(100 * share, abs=1)
    page.mouse.up()


def test_the_slider_follows_a_finger(whole, pages, visit) -> None:
    page = visit(road_alert(pages, whole), width=390, has_touch=True, is_mobile=True)
    page.locator(".stage").scroll_into_view_if_needed()
    place = page.locator(".stage").bounding_box()
    middle = place["y"] + place["height"] / 2
    device = page.context.new_cdp_session(page)

    def touch(kind: str, *shares: float) -> None:
        points = [{"x": place["x"] + place["width"] * share, "y": middle} for share in shares]
        device.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0.5)
    touch("touchMove", 0.4)
    touch("touchMove", 0.25)
    touch("touchEnd")
    assert split(page) == pytest.approx(25, abs=1.5)


def test_residual_and_zones_can_be_shown_and_hidden(whole, pages, visit) -> None:
    page = visit(road_alert(pages, whole))
    residual, zones = page.locator("img.residual"), page.locator("svg.zones")
    assert not residual.is_visible()
    assert zones.is_visible()
    page.get_by_label("Residual").check()
    page.get_by_label("Zones").uncheck()
    assert residual.is_visible()
    assert residual.evaluate("one => one.naturalWidth") > 0
    assert not zones.is_visible()


def test_a_printed_alert_shows_both_pictures_whole(whole, pages, visit) -> None:
    page = visit(road_alert(pages, whole))
    page.emulate_media(media="print")
    before, after = (page.locator(f".stage {one}").bounding_box() for one in (".before", ".after"))
    assert after["y"] >= before["y"] + before["height"]
    assert page.locator(".stage .after").evaluate("o => getComputedStyle(o).clipPath") == "none"
    assert not page.get_by_role("slider").is_visible()


def test_the_page_says_what_it_must(whole, pages) -> None:
    text = road_alert(pages, whole).read_text()
    for words in (
        "Contains modified Copernicus Sentinel data",
        "sitewatch reproduce",
        "Confirm independently",
        "No alert is not no activity",
        "false alarms a year",
        "the lake has no row on what could have been seen here",
        "works (likely)",
        "same season of different years",
    ):
        assert words in text, words
    for claim in ("aircraft", "deployment", "attack", "military"):
        assert claim not in text.lower().replace("aircraft counted", ""), claim
