"""What the stages cut by month share: reading a run's months, writing a month, reporting it.

It joins Dagster and the lake, so that asset bodies stay a few lines. No science.
"""

import dataclasses
from collections.abc import Mapping, Sequence

import dagster as dg

from assets import fingerprints, partitions
from assets.month_writer import MonthWriter
from assets.pictures import png_as_markdown
from resources.lake.lake import Lake, StoredSite
from resources.lake.questions.stage_reads import scenes_between, site_of, stage_months
from resources.lake.rows import Row, SceneRow, SiteMonthRow
from resources.months import Month


@dataclasses.dataclass(frozen=True, slots=True)
class StageRows:
    """Rows of one table for a month, and what else belongs to the stage's outcome.

    `others` are rows of further tables of the stage; `extra` stands for what is not in the lake.
    """

    table: str
    rows: Sequence[Row]
    others: Mapping[str, Sequence[Row]] = dataclasses.field(default_factory=dict)
    extra: object = None


@dataclasses.dataclass(frozen=True, slots=True)
class StageRun:
    """One run of a stage over months of one site.

    `scenes` are the looks of those months and of the history before them, in order, as far as
    the stages that this one reads stand; `outputs` are the hashes of those.
    """

    context: dg.AssetExecutionContext
    lake: Lake
    name: str
    version: str
    stored: StoredSite
    months: list[Month]
    scenes: list[SceneRow]
    outputs: dict[fingerprints.StageKey, str]

    def writer(self) -> MonthWriter:
        """Where months of this run go, as a context."""
        return MonthWriter(self.lake, self.stored.site.site_id, self.context.run.run_id)

    def write(self, writer: MonthWriter, month: Month, made: StageRows) -> None:
        """Have a month of the stage's tables be exactly these rows."""
        row: SiteMonthRow = {
            "stage": self.name,
            "month": month.start.date(),
            "inputs_hash": fingerprints.inputs_fingerprint(
                self.name,
                month,
                outputs=self.outputs,
                config_hash=self.stored.config_hash,
                version=self.version,
            ),
            "outputs_hash": fingerprints.values_fingerprint(
                fingerprints.rows_fingerprint(made.rows),
                [fingerprints.rows_fingerprint(rows) for _, rows in sorted(made.others.items())],
                made.extra,
            ),
            "rows": len(made.rows),
            "method_version": self.version,
        }
        writer.add(month, {made.table: made.rows, **made.others}, row)

    def report(self, month: Month, numbers: Mapping[str, object]) -> None:
        """Attach numbers to the month's partition and log them in a line."""
        site_id = self.stored.site.site_id
        key = partitions.partition_key(site_id, month)
        self.context.add_asset_metadata(dict(numbers), partition_key=key)
        shown = ", ".join(
            f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
            for name, value in numbers.items()
            if isinstance(value, int | float)
        )
        self.context.log.info("%s %s %s: %s", site_id, month, self.name, shown)

    @property
    def credit(self) -> str:
        """Line of attribution for pictures of this site: of the newest look there is."""
        return str(self.scenes[-1]["attribution"]) if self.scenes else ""

    def picture(self, png: bytes) -> None:
        """Show a small picture at the newest month of the run."""
        key = partitions.partition_key(self.stored.site.site_id, self.months[-1])
        self.context.add_asset_metadata({"chart": png_as_markdown(png)}, partition_key=key)


def open_stage(context: dg.AssetExecutionContext, lake: Lake, name: str, version: str) -> StageRun:
    """The site, months and past looks of a run."""
    site_id, months = partitions.site_months(context)
    stored = site_of(lake, site_id)
    outputs = fingerprints.current_outputs(
        stage_months(lake, site_id), config_hash=stored.config_hash
    )
    first = months[0].plus(-partitions.HISTORY_MONTHS).start
    scenes = scenes_between(lake, site_id, first, months[-1].end)
    return StageRun(
        context=context,
        lake=lake,
        name=name,
        version=version,
        stored=stored,
        months=months,
        scenes=[
            row
            for row in scenes
            if all(
                fingerprints.StageKey(earlier, Month.of(row["sensed_at"])) in outputs
                for earlier in fingerprints.READS[name]
            )
        ],
        outputs=outputs,
    )
