"""The reproduce command on real looks: all equal, or what was tampered with found and named."""

import dataclasses
import hashlib
import io
import json
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from rich.console import Console

from assets.anomalies.alerts.versions import METHOD_VERSION
from pipelines.reproduce.run import show_reproduction
from resources.errors import SitewatchError
from resources.lake.schema.tables import TABLES
from resources.months import Month

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("stretch")]

ROAD = "romania-road"
MONTH = Month(2015, 8)
"""Three looks, all learning: for what is not about their numbers."""
MADE_UP = "feedbeef00000001"


@dataclasses.dataclass(frozen=True)
class Watched:
    """A data folder that nobody has open, and the link through which its source is reached."""

    data: Path
    link: Path

    def change(self, post_at: Callable, *statements: str) -> None:
        """Tamper with its lake."""
        post = post_at(self.data)
        for statement in statements:
            post.lake.call(statement)
        post.close()

    def digest(self) -> str:
        """Checksum of the lake's catalogue and files, as far as they are data.

        Of SQLite's files what they say counts: whoever reads last moves its journal into the
        file, and leaves an index of it or not.
        """
        files = sorted(
            path
            for folder in ("lake", "archive", "dagster")
            for path in (self.data / folder).rglob("*")
            if path.is_file() and not path.name.endswith(("-shm", "-wal"))
        )
        parts = [str(path).encode() + contents(path) for path in files]
        return hashlib.sha256(b"".join(parts)).hexdigest()


def contents(path: Path) -> bytes:
    """What a file says: of SQLite's its rows, with those of its journal."""
    raw = path.read_bytes()
    if not raw.startswith(b"SQLite format 3"):
        return raw
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as rows:
        return "\n".join(rows.iterdump()).encode()


@pytest.fixture(scope="module")
def made(romania, post_at: Callable, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """A month of the road, its source reached through a link."""
    folder = tmp_path_factory.mktemp("reproduce")
    post = post_at(folder / "data")
    post.take(romania.sites, romania.archive)
    watched = linked(post, folder / "source", romania.archive)
    post.watch(MONTH, MONTH)
    post.close()
    return watched


@pytest.fixture
def copied(made: Watched, romania, tmp_path: Path, post_at: Callable) -> Watched:
    """A copy to tamper with."""
    shutil.copytree(made.data, tmp_path / "data")
    post = post_at(tmp_path / "data")
    watched = linked(post, tmp_path / "source", romania.archive)
    post.close()
    return watched


def linked(post, link: Path, archive: Path) -> Watched:
    """Let the site be read through a link, which a test can take away."""
    link.symlink_to(archive)
    (stored,) = post.lake.sites()
    post.lake.put_site(stored.site, stored.grid, str(link))
    return Watched(post.data, link)


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def reproduce(data: Path, **options: object) -> tuple[bool, str]:
    """What the command says, and whether all was equal."""
    console = Console(file=io.StringIO(), width=200)
    asked = {"alert": None, "site": None, "scenes_from": "auto", "figures": None, "json_to": None}
    is_equal = show_reproduction(console, data=data, **(asked | options))
    return is_equal, console.file.getvalue()


def figure(table: str, key: dict, column: str, value: object) -> dict[str, object]:
    return {"table": table, "key": key, "column": column, "value": value, "shown": "-"}


def test_a_site_comes_out_the_same_and_its_lake_is_not_touched(
    made: Watched, post_at: Callable, scratch: Path, tmp_path: Path
) -> None:
    post = post_at(made.data)
    looks = post.lake.query("FROM scenes ORDER BY ALL")
    masks = post.lake.query("FROM cloud_masks ORDER BY ALL")
    counts = post.counts()
    post.close()
    names = ("site_id", "acquisition_id", "zone_id")
    figures = [
        figure("cloud_masks", {name: row[name] for name in names}, column, row[column])
        for row in masks
        for column in ("clear_fraction", "cloud_fraction", "state")
    ] + [
        figure("scenes", {"acquisition_id": row["acquisition_id"]}, column, row[column])
        for row in looks
        for column in ("item_ids", "chip_sha256s", "sun_elevation_deg")
    ]
    (made.data / "dossiers/sites").mkdir(parents=True, exist_ok=True)
    path = made.data / "dossiers/sites" / f"{ROAD}.figures.json"
    path.write_text(json.dumps({"figures": figures}))
    before = made.digest()

    is_equal, printed = reproduce(made.data, site=ROAD, json_to=tmp_path / "found.json")

    assert is_equal, printed
    assert "Equal: every row, figure and chip came out the same." in printed
    assert made.digest() == before
    assert list(scratch.iterdir()) == []
    found = json.loads((tmp_path / "found.json").read_text())
    assert (found["is_equal"], found["scenes_from"]) == (True, "source")
    for table in ("scenes", "cloud_masks", "activity", "registrations", "site_tests"):
        one = found["tables"][table]
        assert one["stored"] == one["recomputed"] == counts[table] > 0, table
    assert found["tables"]["site_months"]["stored"] == 2
    assert sum(found["figures"][0]["compared"].values()) == len(figures) > 20
    assert found["chips"]["as_recorded"] == sum(len(row["chip_uris"]) for row in looks) > 0
    assert found["chips"]["missing"] == found["chips"]["other"] == []
    assert found["seconds"] > 0 < found["peak_memory_mb"]


def test_what_was_tampered_with_is_found_and_named_also_without_the_source(
    ordered, scratch: Path, romania, post_at: Callable, tmp_path: Path
) -> None:
    """A value moved in its last place, a row taken away, an alert invented; all else is equal."""
    shutil.copytree(ordered.data, tmp_path / "data")
    series = "zone_id = 'corridor' AND index_name = 'brightness'"
    judged = f"SELECT max(acquisition_id) FROM activity WHERE {series} AND z IS NOT NULL"
    look = f"acquisition_id = ({judged})"
    one = f"{series} AND {look}"
    post = post_at(tmp_path / "data")
    copied = linked(post, tmp_path / "source", romania.archive)
    (row,) = post.lake.query(f"FROM activity WHERE {one}")
    post.lake.call(f"UPDATE activity SET value = value * (1 + 3e-16) WHERE {one}")
    (moved,) = post.lake.query(f"FROM activity WHERE {one}")
    post.lake.call(f"DELETE FROM cloud_masks WHERE zone_id = 'corridor' AND {look}")
    alert = dict.fromkeys(TABLES["alerts"].column_names) | {
        "alert_id": MADE_UP,
        "site_id": ROAD,
        "status": "possible",
        "summary": "<img onerror=alert(1)> [bold]",
        "method_version": METHOD_VERSION,
    }
    post.lake.replace_alerts(ROAD, [alert], [], [], run_id="nobody")
    post.close()
    assert moved["value"] != row["value"]
    key = {"zone_id": "corridor", "index_name": "brightness"}
    key["acquisition_id"] = row["acquisition_id"]
    figures = tmp_path / "figures.json"
    told = [
        figure("activity", key, "value", moved["value"]),
        figure("activity", key, "z", row["z"]),
        figure("scenes", {"acquisition_id": row["acquisition_id"]}, "state", "valid"),
    ]
    figures.write_text(json.dumps({"figures": told}))
    copied.link.unlink()

    is_equal, printed = reproduce(
        copied.data, alert="feed", figures=figures, json_to=tmp_path / "found.json"
    )

    assert not is_equal
    assert "from the chips that were kept (the source cannot be searched: " in printed
    assert f"{moved['value']!r} stored, {row['value']!r} recomputed" in printed
    found = json.loads((tmp_path / "found.json").read_text())
    compared = found["tables"]
    assert compared["levels"]["recomputed"] == compared["levels"]["stored"] > 0
    named = {(one["table"], one["what"], one["column"]) for one in found["differences"]}
    assert named == {
        ("activity", "another value", "value"),
        ("cloud_masks", "not in the lake", None),
        ("alerts", "not among what was recomputed", None),
    }
    assert len(found["differences"]) == 4, "the row of activity, and the figure that repeats it"
    assert all(
        one["key"]["acquisition_id"] == row["acquisition_id"]
        for one in found["differences"]
        if one["table"] != "alerts"
    )
    assert found["figures"][0]["compared"] == {"activity": 2}
    assert found["figures"][0]["left_out"] == {"rows of scenes were taken from the lake": 1}
    assert "scenes" not in found["tables"]
    assert list(scratch.iterdir()) == []


def test_scenes_that_can_be_had_nowhere_are_named(copied: Watched, scratch: Path) -> None:
    folders = sorted((copied.data / "archive" / ROAD / "chips").iterdir())
    shutil.rmtree(folders[0])
    broken = next(folders[1].glob("*.tif"))
    broken.write_bytes(broken.read_bytes()[:-1] + b"!")
    with pytest.raises(SitewatchError, match="found 2 scenes without whole chips") as told:
        reproduce(copied.data, site=ROAD, scenes_from="chips")
    assert folders[0].name in str(told.value)
    assert folders[1].name in str(told.value)
    copied.link.unlink()
    with pytest.raises(SitewatchError, match="Expected scenes from the site's source"):
        reproduce(copied.data, site=ROAD, scenes_from="source")
    assert list(scratch.iterdir()) == []


def test_what_cannot_be_compared_is_refused(
    copied: Watched, post_at: Callable, tmp_path: Path
) -> None:
    with pytest.raises(SitewatchError, match="Expected the id of an alert in the lake"):
        reproduce(copied.data, alert="0123")
    with pytest.raises(SitewatchError, match=f"Expected a site that the lake .*{ROAD}"):
        reproduce(copied.data, site="'; drop table sites")
    with pytest.raises(SitewatchError, match="either an alert or"):
        reproduce(copied.data, site=ROAD, alert="0123")
    with pytest.raises(SitewatchError, match="--scenes must be"):
        reproduce(copied.data, site=ROAD, scenes_from="elsewhere")
    with pytest.raises(SitewatchError, match="There is no lake yet"):
        reproduce(tmp_path / "nothing", site=ROAD)
    copied.change(post_at, "DROP TABLE levels")
    with pytest.raises(SitewatchError, match="made by an older program"):
        reproduce(copied.data, site=ROAD)
    copied.change(post_at, "UPDATE site_months SET outputs_hash = 'x' WHERE stage = 'scenes'")
    with pytest.raises(SitewatchError, match=r"Months 2015-08 to 2015-08 .* are due"):
        reproduce(copied.data, site=ROAD)
    copied.change(post_at, "UPDATE site_months SET method_version = '1' WHERE stage = 'activity'")
    with pytest.raises(SitewatchError, match=r"activity of 2015-08 with version 1 \(now \d"):
        reproduce(copied.data, site=ROAD)


@pytest.mark.parametrize(
    ("number", "job", "event"),
    [
        (signal.SIGINT, "watch_months", "STEP_START"),
        (signal.SIGTERM, "watch_months", "STEP_START"),
        (signal.SIGINT, "watch_months", "PIPELINE_SUCCESS"),
        (signal.SIGINT, "watch_site", "PIPELINE_SUCCESS"),
    ],
)
def test_an_interrupt_ends_the_command_at_any_moment(
    made: Watched, processes, tmp_path: Path, number: int, job: str, event: str
) -> None:
    """Before a stage, which must not be begun anew; after the last of a run; and of all runs."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = processes.start(
        "interrupted.py",
        NUMBER=number,
        JOB=job,
        EVENT=event,
        WORDS=["reproduce", "--site", ROAD, "--data", str(made.data)],
        FOLDER=str(tmp_path),
        VARIABLES={**os.environ, "TMPDIR": str(scratch)},
        PRINTED=str(tmp_path / "printed.txt"),
        SAID=str(tmp_path / "said.txt"),
    )
    process.join(120)
    said = (tmp_path / "said.txt").read_text()
    assert f"interrupted: {job} {event}" in said
    assert process.exitcode == 130, said
    assert list(scratch.iterdir()) == []


def test_an_interrupted_run_leaves_nothing_behind(made: Watched, processes, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = processes.start(
        "command.py",
        WORDS=["reproduce", "--site", ROAD, "--data", str(made.data)],
        FOLDER=str(tmp_path),
        VARIABLES={**os.environ, "TMPDIR": str(scratch)},
        PRINTED=str(tmp_path / "printed.txt"),
        SAID=str(tmp_path / "said.txt"),
    )
    until = time.monotonic() + 60
    while process.is_alive() and time.monotonic() < until:
        if list(scratch.glob("sitewatch-reproduce-*/lake/files")):
            break
        time.sleep(0.02)
    assert list(scratch.glob("sitewatch-reproduce-*")), (tmp_path / "said.txt").read_text()
    os.kill(process.pid, signal.SIGINT)
    process.join(60)
    assert process.exitcode not in (0, None)
    assert list(scratch.glob("sitewatch-reproduce-*")) == []
