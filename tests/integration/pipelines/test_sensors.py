"""Sensors for the outside world: the watch list, and catalogues that list something new."""

import datetime as dt
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.utils import make_new_run_id
from doubles.watch_lists import site_named

from assets.partitions import SITES
from pipelines.automation import sensors
from pipelines.automation.sensors import new_acquisitions, watch_list_changes
from pipelines.automation.watch_list_sync import take_sites
from resources.clock import utc_now
from resources.errors import SettingsError
from resources.months import Month
from resources.watchlist.read import read_watch_list

pytestmark = pytest.mark.shared

ROAD = "romania-road"
OLD_ITEMS = ("S2A_RO_20150801_0_L2A", "S2A_RO_20150811_0_L2A")


@pytest.fixture
def listed(romania, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configured list: a copy of the real one, of the real archive."""
    sites = tmp_path / "sites"
    shutil.copytree(romania.sites, sites)
    monkeypatch.setenv("SITEWATCH_SITES", str(sites))
    monkeypatch.setenv("SITEWATCH_SOURCE", str(romania.archive))
    return sites / "romania-road.geojson"


@pytest.fixture
def post(listed: Path, post_at: Callable, tmp_path: Path):
    return post_at(tmp_path / "data")


def watched(post) -> set[str]:
    return {stored.site.site_id for stored in post.lake.sites() if not stored.is_retired}


@pytest.mark.parametrize(
    "location", ["s3://AKIAIOSFODNN7EXAMPLE:geheim@bucket/p", "https://me:geheim@example.org/v1"]
)
def test_an_address_with_a_key_is_refused_before_it_is_stored(
    post, listed: Path, location: str
) -> None:
    with pytest.raises(SettingsError) as error:
        take_sites(post.lake, read_watch_list(listed), location=location)
    assert not any(word in str(error.value) for word in ("geheim", "AKIA"))
    assert post.lake.sites() == []


def apply(post, answer) -> set[str]:
    """Do with partitions what Dagster's daemon does, and give the sites it then knows."""
    for request in answer.partitions:
        if hasattr(request, "partition_keys") and type(request).__name__.startswith("Add"):
            post.instance.add_dynamic_partitions(SITES.name, request.partition_keys)
        else:
            for key in request.partition_keys:
                post.instance.delete_dynamic_partition(SITES.name, key)
    return set(post.instance.get_dynamic_partitions(SITES.name))


# --- the watch list


def test_a_new_site_of_the_list_is_watched_and_its_months_asked_for(post) -> None:
    answer = post.ask(watch_list_changes)
    assert watched(post) == {ROAD}
    assert apply(post, answer) == {ROAD}
    (request,) = answer.requests
    assert request.tags["dagster/asset_partition_range_end"] == f"{Month.of(utc_now()).key}|{ROAD}"
    again = post.ask(watch_list_changes)
    assert (again.requests, again.partitions) == ([], [])


def test_an_edited_zone_is_asked_for_anew_under_another_key(post, listed: Path) -> None:
    first = post.ask(watch_list_changes)
    apply(post, first)
    found = json.loads(listed.read_text())
    found["features"][0]["properties"]["kind"] = "other"
    listed.write_text(json.dumps(found))
    second = post.ask(watch_list_changes)
    assert len(second.requests) == 1
    assert second.keys != first.keys
    zones = post.lake.query("SELECT zone_version FROM zones WHERE zone_id = 'corridor' ORDER BY 1")
    assert [row["zone_version"] for row in zones] == [1, 2]


def test_a_site_that_left_the_list_is_retired_and_one_that_came_is_watched(
    post, listed: Path
) -> None:
    first = post.ask(watch_list_changes)
    apply(post, first)
    listed.write_text(json.dumps(site_named(listed, "other-road")))
    answer = post.ask(watch_list_changes, first.cursor)
    assert watched(post) == {"other-road"}
    assert apply(post, answer) == {"other-road"}
    assert {stored.site.site_id for stored in post.lake.sites()} == {ROAD, "other-road"}


def test_a_site_that_a_command_took_from_its_own_catalogue_is_not_retired(
    post, listed: Path, romania, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    shutil.copytree(romania.archive, own)
    list_of_command = tmp_path / "command.geojson"
    list_of_command.write_text(json.dumps(site_named(listed, "exercise")))
    take_sites(post.lake, read_watch_list(list_of_command), location=str(own))
    first = post.ask(watch_list_changes)
    post.ask(watch_list_changes, first.cursor)
    assert watched(post) == {ROAD, "exercise"}


def test_a_bad_list_is_told_and_changes_nothing(post, listed: Path) -> None:
    apply(post, post.ask(watch_list_changes))
    before = post.rows(), post.snapshot()
    found = site_named(listed, "other-road")
    found["features"][1]["properties"]["kind"] = "volcano"
    listed.write_text(json.dumps(found))
    answer = post.ask(watch_list_changes)
    assert (answer.requests, answer.partitions) == ([], [])
    assert "volcano" in answer.reason
    assert "romania-road.geojson" in answer.reason
    assert (post.rows(), post.snapshot()) == before


def test_a_missing_list_is_told(post, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SITEWATCH_SITES", str(tmp_path / "nowhere"))
    answer = post.ask(watch_list_changes)
    assert answer.requests == []
    assert "nowhere" in answer.reason
    assert watched(post) == set()


# --- catalogues


@pytest.fixture
def fresh(romania, tmp_path: Path) -> Path:
    """A catalogue of two real items as if seen five days and a month ago, and one of 2015."""
    folder = tmp_path / "catalogue"
    folder.mkdir()
    for name in (*OLD_ITEMS, "S2A_RO_20150831_0_L2A"):
        shutil.copytree(romania.archive / name, folder / name)
    for name, days in zip(OLD_ITEMS, (5, 36), strict=True):
        change(folder / name / "item.json", datetime=iso(utc_now() - dt.timedelta(days=days)))
    catalog = json.loads((romania.archive / "catalog.json").read_text())
    items = [link for link in catalog["links"] if link["rel"] == "item"][:3]
    catalog["links"] = [link for link in catalog["links"] if link["rel"] != "item"] + items
    (folder / "catalog.json").write_text(json.dumps(catalog))
    return folder


def iso(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def change(path: Path, **properties: str) -> None:
    item = json.loads(path.read_text())
    item["properties"] |= properties
    path.write_text(json.dumps(item))


def months_of(answer) -> list[str]:
    return sorted(
        request.tags["dagster/asset_partition_range_start"] for request in answer.requests
    )


def recent(days: int, site_id: str = ROAD) -> str:
    return f"{Month.of(utc_now() - dt.timedelta(days=days)).key}|{site_id}"


@pytest.fixture
def at_work(
    post_at: Callable, romania, fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A folder whose one site is read from the catalogue of two items of late."""
    monkeypatch.delenv("SITEWATCH_SOURCE", raising=False)
    post = post_at(tmp_path / "data")
    post.take(romania.sites, fresh)
    return post


def take_other(post, romania, folder: Path, catalogue: object) -> None:
    """Put the same ground on the watch as `other-road`, read from somewhere else."""
    path = folder / "other.geojson"
    path.write_text(json.dumps(site_named(romania.sites / "romania-road.geojson", "other-road")))
    take_sites(post.lake, read_watch_list(path), location=str(catalogue))


def end_runs(post, requests, status: dg.DagsterRunStatus) -> None:
    """Runs as Dagster's daemon launches them for a sensor's requests, and what they came to."""
    for request in requests:
        tags = {**request.tags, "dagster/run_key": request.run_key}
        post.instance.add_run(
            dg.DagsterRun(
                job_name="watch_months", run_id=make_new_run_id(), tags=tags, status=status
            )
        )


def next_day(cursor: str) -> str:
    """A cursor as if what it remembers had been asked for yesterday."""
    return cursor.replace(utc_now().date().isoformat(), "2024-01-01")


def test_new_and_changed_items_ask_for_their_months_until_they_are_worked(
    at_work, fresh: Path
) -> None:
    first = at_work.ask(new_acquisitions)
    assert months_of(first) == sorted({recent(5), recent(36)})
    lost = at_work.ask(new_acquisitions, cursor=first.cursor)
    assert lost.keys == first.keys
    end_runs(at_work, first.requests, dg.DagsterRunStatus.SUCCESS)
    second = at_work.ask(new_acquisitions, cursor=lost.cursor)
    assert second.requests == []
    assert second.reason == "No catalogue lists anything new."

    change(fresh / OLD_ITEMS[0] / "item.json", updated=iso(utc_now() - dt.timedelta(days=300)))
    third = at_work.ask(new_acquisitions, cursor=second.cursor)
    assert months_of(third) == [recent(5)]
    assert not set(third.keys) & set(first.keys)

    end_runs(at_work, third.requests, dg.DagsterRunStatus.FAILURE)
    again = at_work.ask(new_acquisitions, cursor=next_day(third.cursor))
    assert months_of(again) == [recent(5)]
    assert not set(again.keys) & set(third.keys)
    end_runs(at_work, again.requests, dg.DagsterRunStatus.SUCCESS)
    assert at_work.ask(new_acquisitions, cursor=next_day(again.cursor)).requests == []


def test_a_catalogue_that_fails_or_hangs_leaves_its_site_as_it_was_and_stops_no_other(
    at_work, romania, fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = at_work.ask(new_acquisitions)
    end_runs(at_work, first.requests, dg.DagsterRunStatus.SUCCESS)
    second = at_work.ask(new_acquisitions, cursor=first.cursor)
    own = tmp_path / "own"
    shutil.copytree(fresh, own)
    take_other(at_work, romania, tmp_path, own)
    (fresh / "catalog.json").write_text("{broken")
    third = at_work.ask(new_acquisitions, cursor=second.cursor)
    assert months_of(third) == sorted({recent(5, "other-road"), recent(36, "other-road")})
    kept = [json.loads(answer.cursor)["sites"][ROAD] for answer in (second, third)]
    assert kept[0] == kept[1]

    monkeypatch.setattr(sensors, "ANSWER_SECONDS", 0.5)
    with hanging_server() as address:
        at_work.take(romania.sites, address)
        fourth = at_work.ask(new_acquisitions, cursor=second.cursor)
    assert fourth.keys == third.keys
    assert fourth.cursor == third.cursor


@contextmanager
def hanging_server() -> Iterator[str]:
    """Address of a server that does not answer before the block ends."""
    is_over = threading.Event()

    class Hangs(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_over.wait(30)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hangs)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        is_over.set()
        server.shutdown()
        server.server_close()


def test_sites_beyond_the_first_are_asked_about_in_the_next_evaluations(
    at_work, romania, fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensors, "SITES_A_TICK", 1)
    take_other(at_work, romania, tmp_path, fresh)
    cursor, asked = None, []
    for _ in range(3):
        answer = at_work.ask(new_acquisitions, cursor=cursor)
        end_runs(at_work, answer.requests, dg.DagsterRunStatus.SUCCESS)
        asked.append({key.rpartition("|")[2] for key in months_of(answer)})
        cursor = answer.cursor
    assert asked == [{"other-road"}, {ROAD}, set()]
