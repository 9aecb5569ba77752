"""A watch as two runs of Dagster: the months of a site, then its alerts.

The command and the tests call this; what a run does is in the assets.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import dagster as dg

from assets import fingerprints
from pipelines.automation import due
from pipelines.automation.due import MonthRange
from pipelines.automation.jobs import range_tags, site_detectability, watch_months, watch_site
from pipelines.session.interrupts import interrupts_kept
from resources.errors import SitewatchError
from resources.lake.lake import Lake
from resources.lake.questions.site_reads import count_looks
from resources.lake.questions.stage_reads import site_of, stage_months
from resources.process import PROCESS_TAG, process_mark


class RunFailed(SitewatchError):
    """A run of Dagster did not end well; its log in the web UI tells why."""


@dataclass(frozen=True, slots=True)
class StageTime:
    """How long a stage of a run took, seconds."""

    stage: str
    seconds: float


@dataclass(frozen=True, slots=True)
class WatchResult:
    """What a watch of one site did: ids of its runs, times of its stages, looks in the months."""

    site_id: str
    run_ids: tuple[str, ...]
    times: tuple[StageTime, ...]
    looks: int


@dataclass(frozen=True, slots=True)
class WatchRunner:
    """Runs watches in this process, against one set of definitions and one Dagster instance.

    `logger` names one of the definitions' loggers to use; Dagster's own console if empty.
    `given` names stages of the months whose rows the lake has already and that are left alone.
    """

    definitions: dg.Definitions
    instance: dg.DagsterInstance
    lake: Lake
    logger: str = ""
    given: frozenset[str] = frozenset()

    def run(self, months: MonthRange) -> WatchResult:
        """Work a range of months and whatever leans on them, then the alerts of the site.

        Raises:
            RunFailed: a stage failed after its retries.
        """
        run_ids, times = [], []
        for part in self._ranges(months):
            run = self._execute(watch_months.name, tags=range_tags(part), stages=self._stages())
            run_ids.append(run)
            times += self._times(run)
        run = self._execute(watch_site.name, partition_key=months.site_id)
        run_ids.append(run)
        times += self._times(run)
        looks = count_looks(self.lake, months.site_id, months.first.start, months.last.end)
        return WatchResult(months.site_id, tuple(run_ids), tuple(times), looks)

    def detect(self, site_id: str) -> str:
        """Work what the zones of a site could have shown, if it is due; the id of the run.

        Raises:
            RunFailed: it failed after its retries.
        """
        return self._execute(site_detectability.name, partition_key=site_id)

    def _ranges(self, months: MonthRange) -> Iterator[MonthRange]:
        """The months asked for, then months that would come out differently after them."""
        yield months
        last: MonthRange | None = None
        while True:
            stored = site_of(self.lake, months.site_id)
            done = stage_months(self.lake, months.site_id)
            behind = due.stale_range(months.site_id, done, config_hash=stored.config_hash)
            if behind is None or behind == last:
                return
            yield behind
            last = behind

    def _stages(self) -> list[dg.AssetKey] | None:
        """The stages of the months that are to be worked; None for all."""
        to_work = [dg.AssetKey(stage) for stage in MONTH_STAGES if stage not in self.given]
        return to_work if self.given else None

    def _execute(
        self,
        job: str,
        *,
        tags: Mapping[str, str] | None = None,
        partition_key: str | None = None,
        stages: Sequence[dg.AssetKey] | None = None,
    ) -> str:
        """One run in this process; its id."""
        with interrupts_kept():
            result = self.definitions.resolve_job_def(job).execute_in_process(
                instance=self.instance,
                tags={**(tags or {}), PROCESS_TAG: process_mark()},
                partition_key=partition_key,
                asset_selection=stages,
                run_config={"loggers": {self.logger: {}}} if self.logger else None,
                raise_on_error=False,
            )
        if not result.success:
            raise RunFailed(f"Run {result.run_id} of {job} failed. {_failure_reasons(result)}")
        return result.run_id

    def _times(self, run_id: str) -> list[StageTime]:
        """Times of the stages of a run, checks left out."""
        return [
            StageTime(step.step_key, step.end_time - step.start_time)
            for step in self.instance.get_run_step_stats(run_id)
            if step.end_time and step.start_time and step.step_key in STAGES
        ]


def _failure_reasons(result: dg.ExecuteInProcessResult) -> str:
    """What made a run fail, the first causes first."""
    found: list[str] = []
    for event in result.all_events:
        error = event.step_failure_data.error if event.is_step_failure else None
        if event.is_run_failure and not found:
            error = event.job_failure_data.error
        while error is not None and error.cause is not None:
            error = error.cause
        if error is not None:
            found.append(error.message.strip())
    return " ".join(found)


MONTH_STAGES: Final = tuple(fingerprints.READS)
STAGES: Final = (*MONTH_STAGES, fingerprints.ANOMALIES, "dossiers")


def peak_memory_mb() -> float:
    """The most memory this process has held, megabytes."""
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kibibytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
