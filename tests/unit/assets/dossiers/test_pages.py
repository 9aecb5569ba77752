"""What pages say in cases that no watch of the tests comes to, from made-up rows to HTML."""

import datetime as dt
import html
import re

import pytest

from assets.dossiers.evidence.traced_numbers import FigureList
from assets.dossiers.pages.index_page import index_context
from assets.dossiers.pages.rendering import render_page

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
OWN = "Contains modified Copernicus Sentinel data 2026"
MADE_UP = "SIMULATED scenes, no Copernicus data"


def words(page: bytes) -> str:
    """What a reader reads, in one line."""
    main = page.decode().split("</head>", 1)[1]
    text = re.sub(r"<(script|svg).*?</\1>", " ", main, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split())


# --- the index ----------------------------------------------------------------------------------


def index(*lines: str) -> str:
    """The index of a site a line of attribution, each with an open alert."""
    sites = [
        {
            "site_id": f"site-{number}",
            "name": f"Site {number}",
            "is_retired": False,
            "x": 500_000.0,
            "y": 5_000_000.0,
            "epsg": 32634,
            "state": "tested",
            "looks_missing": 0,
            "newest": NOON,
            "is_simulated": line == MADE_UP,
        }
        for number, line in enumerate(lines)
    ]
    alerts = [
        {
            "alert_id": site["site_id"],
            "site_id": site["site_id"],
            "site_name": site["name"],
            "direction": "rise",
            "headline": "Yard fuller than usual",
            "status": "possible",
            "opened_on": NOON.date(),
            "score": 2.0,
            "summary": "It rose.",
        }
        for site in sites
    ]
    rows = [{"attribution": line, "year": 2026} for line in sorted(set(lines))]
    context = index_context(sites, alerts, rows, is_there=lambda _: True, figures=FigureList())
    return words(render_page("index.html", context))


@pytest.mark.parametrize(
    ("lines", "banner", "marks"),
    [
        ((OWN,), "", 0),
        ((OWN, MADE_UP), "Partly SIMULATED: scenes of the sites marked so are made up", 2),
        ((MADE_UP,), "SIMULATED: the scenes shown here are made up. This is no real place", 2),
    ],
)
def test_the_index_calls_made_up_what_is_made_up_and_nothing_else(
    lines: tuple[str, ...], banner: str, marks: int
) -> None:
    said = index(*lines)
    assert ("made up" in said) == bool(banner)
    assert f" {banner}" in said
    assert ("no real place" in said) == (lines == (MADE_UP,))
    marked = re.findall(r"(Site \d)(?:: Yard fuller than usual)? SIMULATED", said)
    assert marked == [f"Site {len(lines) - 1}"] * marks
