"""Watches with real parts for whoever tests them: a data folder with its lake and Dagster's home.

The expensive watches are made once a session; a test that changes one works on a copy. What a
test claims stands in the test.
"""

import fcntl
import multiprocessing
import os
import runpy
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import dagster as dg
import pytest
from doubles import alert_rows

from assets.partitions import partition_key
from pipelines.automation.due import MonthRange
from pipelines.automation.jobs import range_tags
from pipelines.automation.watch_list_sync import add_partitions, take_sites
from pipelines.definitions import build_defs
from pipelines.server.instance import end_killed_runs, open_instance
from pipelines.session.run import WatchResult, WatchRunner
from resources.lake.lake import Lake
from resources.lake.schema.table import LIST_TIMES
from resources.lake.schema.tables import TABLES
from resources.months import Month
from resources.settings import Settings, load_settings
from resources.watchlist.read import read_watch_list
from resources.wiring.dagster import build_resources

ROAD = "romania-road"
FIRST = Month(2015, 8)
LAST_OF_HISTORY = Month(2016, 11)
STRETCH = (Month(2016, 12), Month(2017, 4))
"""Five months after the history: snow and haze, a month without a look, the road, and the look
that confirms it."""

PROCESSES = Path(__file__).parent / "processes"

Rows = dict[str, list[tuple[object, ...]]]

OF_ALL_MONTHS = ("alerts", "alert_evidence", "alert_log", "site_tests", "assessments", "outbox")


@dataclass(frozen=True)
class Romania:
    """The watch list and the archive of real scenes."""

    sites: Path
    archive: Path


@dataclass(frozen=True)
class Answer:
    """What a sensor said: runs it asks for, or why it asks for none."""

    requests: list[dg.RunRequest]
    reason: str | None
    cursor: str | None
    partitions: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest]

    @property
    def keys(self) -> list[str | None]:
        """Run keys in order."""
        return [request.run_key for request in self.requests]


@dataclass
class Post:
    """One data folder at work: its lake, its instance of Dagster and the definitions over both."""

    data: Path
    settings: Settings
    lake: Lake
    instance: dg.DagsterInstance
    definitions: dg.Definitions
    resources: Mapping[str, object]

    def take(self, sites: Path, archive: Path) -> None:
        """Put the sites of a list on the watch."""
        take_sites(self.lake, read_watch_list(sites), location=str(archive))
        add_partitions(self.lake, self.instance)

    def watch(self, first: Month, last: Month, site_id: str = ROAD) -> WatchResult:
        """Months and alerts, as the command does it."""
        return WatchRunner(self.definitions, self.instance, self.lake).run(
            MonthRange(site_id, first, last)
        )

    def run_months(
        self, first: Month, last: Month, site_id: str = ROAD
    ) -> dg.ExecuteInProcessResult:
        """One run of the months alone."""
        return self.execute("watch_months", tags=range_tags(MonthRange(site_id, first, last)))

    def run_month(self, month: Month, site_id: str = ROAD) -> dg.ExecuteInProcessResult:
        """One run of one month, started as Dagster starts a single partition."""
        return self.execute("watch_months", key=partition_key(site_id, month))

    def judge(self, site_id: str = ROAD) -> dg.ExecuteInProcessResult:
        """One run of the site's alerts."""
        return self.execute("watch_site", key=site_id)

    def execute(
        self, job: str, *, tags: Mapping[str, str] | None = None, key: str | None = None
    ) -> dg.ExecuteInProcessResult:
        """A run in this process; its failure is the test's."""
        found = self.definitions.resolve_job_def(job)
        return found.execute_in_process(
            instance=self.instance, tags=dict(tags or {}), partition_key=key
        )

    def fulfil(self, job: str, requests: Sequence[dg.RunRequest]) -> None:
        """Execute what a schedule or sensor asked for."""
        for request in requests:
            self.execute(job, tags=request.tags, key=request.partition_key)

    def ask(self, sensor: dg.SensorDefinition, cursor: str | None = None) -> Answer:
        """One evaluation of a sensor, with the resources of this folder."""
        needed = sensor.required_resource_keys
        context = dg.build_sensor_context(
            instance=self.instance,
            cursor=cursor,
            resources={name: self.resources[name] for name in ("lake", "source") if name in needed},
            definitions=self.definitions,
        )
        found = sensor(context)
        if isinstance(found, dg.SkipReason):
            return Answer([], found.skip_message, cursor, [])
        reason = found.skip_reason
        text = reason.skip_message if isinstance(reason, dg.SkipReason) else reason
        changes = list(found.dynamic_partitions_requests or [])
        return Answer(list(found.run_requests or []), text, found.cursor, changes)

    def rows(self, until: Month | None = None) -> Rows:
        """Every row of every table, leaving aside when it was written and by what.

        With `until`, months after that one and the alerts, which are of all months, are left out.
        """
        found = {}
        for table in TABLES.values():
            columns = [c for c in table.compared_names if c not in LIST_TIMES]
            where, values = "", []
            if until is not None:
                if table.name in OF_ALL_MONTHS:
                    continue
                if table.month_column is not None:
                    column = table.month_column
                    where = f"WHERE {column} >= '1000-01-01' AND {column} < ?"
                    values = [until.end if table.month_column == "sensed_at" else until.end.date()]
            rows = self.lake.query(
                f"SELECT {', '.join(columns)} FROM {table.name} {where}"
                f" ORDER BY {', '.join(table.key)}",
                values,
            )
            found[table.name] = [tuple(row.values()) for row in rows]
        return found

    def counts(self) -> dict[str, int]:
        """Rows of every table, bookkeeping or not."""
        return {
            name: int(str(self.lake.query(f"SELECT count(*) AS n FROM {name}")[0]["n"]))
            for name in TABLES
        }

    def duplicates(self) -> dict[str, list[dict[str, object]]]:
        """Keys that stand more than once, by table; empty where all is well."""
        found = {
            table.name: self.lake.query(
                f"SELECT {', '.join(table.key)} FROM {table.name} GROUP BY ALL HAVING count(*) > 1"
            )
            for table in TABLES.values()
        }
        return {name: rows for name, rows in found.items() if rows}

    def snapshot(self) -> int:
        """Number of the lake's newest snapshot: it grows with every change."""
        return int(str(self.lake.query("SELECT id FROM watch.current_snapshot()")[0]["id"]))

    def close(self) -> None:
        """Let go of lake and instance, so that the folder may be copied."""
        self.lake.close()
        self.instance.dispose()


def open_post(data: Path) -> Post:
    """A data folder at work, made where it is missing."""
    settings = load_settings(data=data)
    resources = build_resources(settings)
    lake = resources["lake"].open()
    instance = open_instance(settings.dagster_home)
    end_killed_runs(instance)
    return Post(data, settings, lake, instance, build_defs(resources), resources)


@pytest.fixture(scope="session")
def post_at() -> Iterator[Callable[[Path], Post]]:
    """Opens data folders and closes them all at the end."""
    with ExitStack() as stack:
        yield lambda data: stack.enter_context(closing(open_post(data)))


@pytest.fixture(scope="session")
def romania(shared: Path) -> Romania:
    """140 real dates of one square kilometre, and its site file."""
    return Romania(shared / "real/romania/site", shared / "real/romania/archive")


def built_once(temp: pytest.TempPathFactory, name: str, build: Callable[[Path], None]) -> Path:
    """A data folder that one of the workers makes, for all of them to copy."""
    own = temp.getbasetemp()
    place = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = place / f"once-{name}"
    with (place / f"once-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever comes second waits for the first
        if not (folder / "made").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            build(folder / "data")
            (folder / "made").touch()
    return folder / "data"


@pytest.fixture(scope="session")
def history(romania: Romania, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder with the months before the stretch, worked in one run; to be copied."""

    def build(data: Path) -> None:
        with closing(open_post(data)) as post:
            post.take(romania.sites, romania.archive)
            post.watch(FIRST, LAST_OF_HISTORY)

    return built_once(tmp_path_factory, "history", build)


@pytest.fixture(scope="session")
def after_history(
    history: Path,
    post_at: Callable[[Path], Post],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], Post]:
    """Opens a copy of its own of the history."""

    def copy(name: str) -> Post:
        data = tmp_path_factory.mktemp(name) / "data"
        shutil.copytree(history, data)
        return post_at(data)

    return copy


@pytest.fixture(scope="session")
def ordered(
    history: Path, post_at: Callable[[Path], Post], tmp_path_factory: pytest.TempPathFactory
) -> Post:
    """History and stretch, each in one run, in order. Not to be changed."""

    def build(data: Path) -> None:
        shutil.copytree(history, data)
        with closing(open_post(data)) as post:
            post.watch(*STRETCH)

    made = built_once(tmp_path_factory, "ordered", build)
    data = tmp_path_factory.mktemp("ordered") / "data"
    shutil.copytree(made, data)
    return post_at(data)


@pytest.fixture(scope="session")
def whole(
    romania: Romania,
    post_at: Callable[[Path], Post],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Post, WatchResult]:
    """All 66 months in one run and the alerts in a second. Not to be changed."""
    post = post_at(tmp_path_factory.mktemp("whole") / "data")
    post.take(romania.sites, romania.archive)
    return post, post.watch(FIRST, Month(2021, 1))


@pytest.fixture(scope="session")
def flanders(
    shared: Path, post_at: Callable[[Path], Post], tmp_path_factory: pytest.TempPathFactory
) -> Post:
    """118 real dates of a village and fields, watched. Not to be changed."""
    post = post_at(tmp_path_factory.mktemp("flanders") / "data")
    real = shared / "real/flanders"
    post.take(real / "site", real / "archive")
    post.watch(Month(2017, 8), Month(2018, 11), "flanders")
    return post


@pytest.fixture(scope="session")
def watched_field(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder whose lake has a made-up site with a look and no alert; to be copied."""
    data = tmp_path_factory.mktemp("field") / "data"
    lake = build_resources(load_settings(data=data))["lake"].open()
    alert_rows.put_site(lake)
    lake.close()
    return data


@pytest.fixture(scope="session")
def detected(
    ordered: Post, post_at: Callable[[Path], Post], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Post, dg.ExecuteInProcessResult]:
    """History and stretch with what each zone could have shown. Not to be changed."""
    data = tmp_path_factory.mktemp("detected") / "data"
    shutil.copytree(ordered.data, data)
    post = post_at(data)
    return post, post.execute("site_detectability", key=ROAD)


@dataclass
class Processes:
    """Starts scripts of `processes` in processes of their own, the imports done once for all."""

    context: ForkServerContext
    started: list[ForkServerProcess] = field(default_factory=list)

    def start(self, script: str, **names: object) -> ForkServerProcess:
        """A process that runs a script with these names set."""
        process = self.context.Process(
            target=runpy.run_path, args=(str(PROCESSES / script), names, "__main__")
        )
        process.start()
        self.started.append(process)
        return process


@contextmanager
def ending(started: Sequence[ForkServerProcess]) -> Iterator[None]:
    """Ends whatever a test left running."""
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.join()
            process.close()


@pytest.fixture(scope="session")
def forkserver() -> ForkServerContext:
    """A process that has imported everything and is split for each script: a start costs 0.1 s."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        [
            "pipelines.session.run",
            "pipelines.definitions",
            "pipelines.cli.commands",
            "pipelines.cli.main",
        ]
    )
    return context


@pytest.fixture
def processes(forkserver: ForkServerContext) -> Iterator[Processes]:
    """Starts scripts; what still runs at the end of the test is killed."""
    found = Processes(forkserver)
    with ending(found.started):
        yield found
