"""An operator's day in Dagster's web UI, in Chromium: a failed check and its dossier, a new site,
its back-fill.
"""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from browsers.chromium import open_browser
from doubles.watch_lists import site_named
from playwright.sync_api import Page, expect
from servers.ports import port_before_a_free_one, web_ui

from resources.lake.questions.alert_reads import stored_alerts

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("stretch")]

ROAD, OTHER = "romania-road", "other-road"
MONTH = "2016-08-01"
STAGES = ("scenes", "cloud_masks", "activity")
RUN_MS = 120_000
WAIT_MS = 30_000


@dataclass(frozen=True)
class Desk:
    """Where an operator sits: the web UI over a data folder, and the folder of the watch list."""

    address: str
    sites: Path
    alert_id: str


@pytest.fixture
def desk(
    ordered, romania, post_at, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    port = port_before_a_free_one()
    data, sites = tmp_path / "data", tmp_path / "sites"
    shutil.copytree(ordered.data, data)
    shutil.copytree(romania.sites, sites)
    monkeypatch.setenv("SITEWATCH_DOSSIERS_URL", f"http://127.0.0.1:{port + 1}")
    post = post_at(data)
    post.judge()  # so that the check tells the address
    (alert,) = [row for row in stored_alerts(post.lake, ROAD) if row["closed_on"] is None]
    post.close()
    monkeypatch.delenv("SITEWATCH_DOSSIERS_URL")
    variables = {
        "SITEWATCH_DATA": str(data),
        "SITEWATCH_SITES": str(sites),
        "SITEWATCH_SOURCE": str(romania.archive),
    }
    with web_ui(port, tmp_path, **variables) as address:
        yield Desk(address, sites, str(alert["alert_id"]))


def test_a_day_at_the_desk(desk: Desk) -> None:
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(WAIT_MS)
        expect.set_options(timeout=WAIT_MS)  # five seconds are short where all cores compute
        _read_the_failed_check(page, desk)
        _put_a_site_on_the_watch(page, desk)
        _fill_it_back(page, desk)


def _read_the_failed_check(page: Page, desk: Desk) -> None:
    """The check is red, says why with its number and limit, and leads to the alert's page."""
    page.goto(f"{desk.address}/assets/anomalies?view=checks")
    page.get_by_text("no_alert_is_open").first.click()
    expect(page.get_by_text("Failed").first).to_be_visible()
    expect(
        page.get_by_text("Road corridor bare or built on where plants grew").first
    ).to_be_visible()
    link = page.get_by_role("link", name=f"alerts/{desk.alert_id}.html")
    with page.context.expect_page() as opened:
        link.click()
    dossier = opened.value
    expect(dossier.get_by_role("heading", level=1)).to_contain_text("Road in south-west Romania")
    expect(dossier.get_by_text("Contains modified Copernicus Sentinel data").first).to_be_visible()
    dossier.close()


def _put_a_site_on_the_watch(page: Page, desk: Desk) -> None:
    """A list in the folder and a sensor switched on: the site's newest months are run."""
    listed = site_named(desk.sites / "romania-road.geojson", OTHER, site_name="Another road")
    (desk.sites / "other-road.geojson").write_text(json.dumps(listed))
    page.goto(f"{desk.address}/automation")
    row = page.get_by_role("link", name="watch_list_changes").locator(
        "xpath=ancestor::*[count(.//input[@type='checkbox'])=2][1]"
    )
    switch = row.locator("input[type=checkbox]").nth(1)
    expect(switch).not_to_be_checked()
    switch.locator("xpath=ancestor::label[1]").click()
    expect(switch).to_be_checked()
    _see_a_run_succeed(page, desk, "watch_list_changes")


def _fill_it_back(page: Page, desk: Desk) -> None:
    """Three assets of one month of the new site, in one run from the lineage page."""
    asked = " or ".join(f'key:"{stage}"' for stage in STAGES)
    page.goto(f"{desk.address}/asset-groups")
    page.get_by_role("button", name="Materialize all").wait_for()
    page.locator(".CodeMirror").first.click()
    page.keyboard.type(asked)
    page.keyboard.press("Enter")
    expect(page.get_by_text("dossiers", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Materialize all").click()
    page.get_by_placeholder("ex: 2015-06-01").fill(MONTH)
    page.get_by_text("Select a partition or create one").click()
    page.get_by_text(OTHER, exact=True).locator("visible=true").last.click()
    page.keyboard.press("Escape")
    launch = page.get_by_role("button", name=re.compile("^Launch (1 run|backfill)"))
    launch.click()
    # Its words change at once, but a page left before the answer takes the request back with it.
    expect(page.get_by_text("Launched run").first).to_be_visible()
    _see_a_run_succeed(page, desk, f"{MONTH}|{OTHER}")


def _see_a_run_succeed(page: Page, desk: Desk, told: str) -> None:
    """The list of runs has one that tells this, and in the end it has succeeded."""
    page.goto(f"{desk.address}/runs")
    row = "ancestor::*[count(.//*[normalize-space(text())='View'])=1][last()]"
    run = page.locator(f"xpath=//*[contains(text(), '{told}')]/{row}").first
    expect(run.get_by_text("Success")).to_be_visible(timeout=RUN_MS)
