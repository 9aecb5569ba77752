"""One sitting of the command: settings, lake and Dagster's instance opened together.

The command's parts share it; parsing arguments and printing are not its job.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import dagster as dg

from assets.partitions import FIRST_MONTH, HISTORY_MONTHS
from pipelines.automation.due import MonthRange
from pipelines.automation.watch_list_sync import add_partitions, take_sites
from pipelines.definitions import build_defs
from pipelines.server.instance import end_killed_runs, open_instance
from pipelines.session.progress import LOGGER, ProgressSteps, run_loggers
from pipelines.session.run import MONTH_STAGES, RunFailed, WatchResult, WatchRunner
from resources.errors import SettingsError
from resources.lake.lake import Lake
from resources.models import Site
from resources.months import Month, months_between
from resources.settings import Settings, load_settings
from resources.wiring.dagster import LakeResource, build_resources


@dataclass(frozen=True, slots=True)
class WatchSession:
    """What a command works with."""

    settings: Settings
    resources: dict[str, object]
    lake: Lake
    instance: dg.DagsterInstance

    def watch(
        self,
        sites: Sequence[Site],
        months: tuple[Month, Month],
        steps: ProgressSteps,
        *,
        given: Collection[str] = (),
    ) -> tuple[list[WatchResult], list[RunFailed]]:
        """Watch sites over months, one after the other; one that fails does not stop the rest.

        Args:
            sites: which.
            months: first and last.
            steps: shows how far it is.
            given: stages whose rows the lake has already and that are left alone.

        Returns:
            What was done, and what failed.
        """
        definitions = build_defs(self.resources, loggers=run_loggers(steps))
        work = WatchRunner(
            definitions, self.instance, self.lake, logger=LOGGER, given=frozenset(given)
        )
        done: list[WatchResult] = []
        failed: list[RunFailed] = []
        for site in sites:
            for stage in (stage for stage in MONTH_STAGES if stage not in given):
                steps.expect(stage, len(months_between(*months)))
            try:
                done.append(work.run(MonthRange(site.site_id, *months)))
            except RunFailed as problem:
                failed.append(problem)
        return done, failed

    def detect(self, site_id: str, steps: ProgressSteps | None = None) -> None:
        """Work what the zones of a site could have shown, if it is due; quietly, given steps."""
        loggers, logger = ({}, "") if steps is None else (run_loggers(steps), LOGGER)
        definitions = build_defs(self.resources, loggers=loggers)
        WatchRunner(definitions, self.instance, self.lake, logger=logger).detect(site_id)

    def take(self, sites: Sequence[Site], location: str | None) -> None:
        """Put sites on the watch, read from a catalogue, and let Dagster know them."""
        take_sites(self.lake, sites, location=location)
        add_partitions(self.lake, self.instance)


def open_session(*, data: Path | None = None, sites: Path | None = None) -> WatchSession:
    """Settings read, lake and instance opened, runs of killed processes ended."""
    settings = load_settings(data=data, sites=sites)
    return session_of(settings, dict(build_resources(settings)))


def session_of(settings: Settings, resources: dict[str, object]) -> WatchSession:
    """Lake and instance opened with these settings, runs of killed processes ended."""
    instance = open_instance(settings.dagster_home)
    end_killed_runs(instance)
    return WatchSession(
        settings, resources, cast("LakeResource", resources["lake"]).open(), instance
    )


def months_asked(first: str | None, last: str | None, now: dt.datetime) -> tuple[Month, Month]:
    """The months of --from and --to; by default those up to now, and the history before them.

    Raises:
        SettingsError: they are no months, the wrong way round, or out of the mission's time.
    """
    current = Month.of(now)
    try:
        end = Month.parse(last) if last else current
        begin = Month.parse(first) if first else end.plus(-HISTORY_MONTHS)
    except ValueError as problem:
        raise SettingsError(f"--from and --to: {problem}") from problem
    if not first and begin < FIRST_MONTH:
        begin = FIRST_MONTH
    if end < begin:
        raise SettingsError(f"--from {begin} must not be after --to {end}; swap them.")
    if begin < FIRST_MONTH or current < end:
        raise SettingsError(
            f"--from and --to must lie within {FIRST_MONTH} (the first scenes of Sentinel-2) and "
            f"{current} (now), found {begin} and {end}."
        )
    return begin, end
