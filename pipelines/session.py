"""One sitting of the command: settings, lake and Dagster's instance opened together.

The command's parts share it; parsing arguments and printing are not its job.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import dagster as dg

from pipelines.definitions import build_defs
from pipelines.due import MonthRange
from pipelines.instance import end_killed_runs, open_instance
from pipelines.progress import LOGGER, Steps, run_loggers
from pipelines.watch import STAGES, Watch, Watched
from pipelines.watched import add_partitions, take_sites
from resources.connections import LakeResource, connect
from resources.lake import Lake
from resources.models import Month, Site, months_between
from resources.settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class Session:
    """What a command works with."""

    settings: Settings
    resources: dict[str, object]
    lake: Lake
    instance: dg.DagsterInstance

    def watch(
        self, sites: Sequence[Site], months: tuple[Month, Month], steps: Steps
    ) -> list[Watched]:
        """Watch sites over months, one after the other."""
        definitions = build_defs(self.resources, loggers=run_loggers(steps))
        work = Watch(definitions, self.instance, self.lake, logger=LOGGER)
        done = []
        for site in sites:
            for stage in STAGES[:-1]:
                steps.expect(stage, len(months_between(*months)))
            done.append(work.run(MonthRange(site.site_id, *months)))
        return done

    def take(self, sites: Sequence[Site], location: str | None) -> None:
        """Put sites on the watch, read from a catalogue, and let Dagster know them."""
        take_sites(self.lake, sites, source=None, location=location)
        add_partitions(self.lake, self.instance)


def open_session(*, data: Path | None = None, sites: Path | None = None) -> Session:
    """Settings read, lake and instance opened, runs of killed processes ended."""
    settings = load_settings(data=data, sites=sites)
    resources: dict[str, object] = dict(connect(settings))
    instance = open_instance(settings.dagster_home)
    end_killed_runs(instance)
    return Session(settings, resources, cast("LakeResource", resources["lake"]).open(), instance)


def default_months(now: dt.datetime) -> tuple[Month, Month]:
    """Two years of history and the current month: what a new site needs to be judged."""
    current = Month.of(now)
    return current.plus(-24), current
