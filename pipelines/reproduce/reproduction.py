"""What is to be reproduced, and what came of it. Values alone; the work is in `reproduce`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipelines.reproduce.comparable import ChipCheck
from pipelines.reproduce.dossier_figures import FiguresResult
from pipelines.reproduce.recompute import ScenesFrom
from pipelines.reproduce.row_comparison import TableResult
from pipelines.session.run import WatchResult


@dataclass(frozen=True, slots=True)
class ReproductionRequest:
    """What is to be reproduced: an alert of a site, or all of the site with `alert_id` None."""

    site_id: str
    alert_id: str | None
    figures: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class ReproductionResult:
    """What came of it.

    Attributes:
        asked: what was to be reproduced.
        scenes_from: `chips` if the rows of scenes were taken as the lake has them.
        reason: why they were; empty if they were not.
        tables: comparison of each table.
        figures: comparison of each file of figures.
        chips: the archive's chips beside the checksums in the lake.
        watched: what was run.
        seconds: all of it took.
        memory_mb: the most that was held.
    """

    asked: ReproductionRequest
    scenes_from: ScenesFrom
    reason: str
    tables: tuple[TableResult, ...]
    figures: tuple[FiguresResult, ...]
    chips: ChipCheck
    watched: tuple[WatchResult, ...]
    seconds: float
    memory_mb: float

    @property
    def is_equal(self) -> bool:
        """Whether every row, figure and chip is what it should be."""
        is_same = not any(one.differing for one in self.tables)
        return is_same and not any(one.differing for one in self.figures) and not self.chips.other
