"""The scorer that comes with the airports, run as its own program: score, simulate, truncate.

Nothing is scored here, so that no detector is judged by a copy of the rules.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.alerts.airports import Airport, Alarm, read_airports, write_alarms

FACTORS: Final = (0.5, 1.5, 2.0, 3.0)  # as the scorer plants unless told otherwise


@dataclass(frozen=True, slots=True)
class Yardstick:
    """A folder of airports with the program that scores them.

    Attributes:
        data: folder of one CSV per airport.
        scorer: the program.
    """

    data: Path
    scorer: Path

    def score(self, alarms: Sequence[Alarm], changed: Changed | None = None) -> dict[str, Any]:
        """What the scorer says of alarms of the airports, and of those of changed series."""
        with tempfile.TemporaryDirectory() as folder:
            own = Path(folder) / "alarms.csv"
            write_alarms(own, alarms)
            options = ["--data", str(self.data), "--alarms", str(own)]
            if changed is not None:
                other = Path(folder) / "changed.csv"
                write_alarms(other, changed.alarms)
                options += ["--surge-data", str(changed.series), "--surge-alarms", str(other)]
                options += ["--surge-truth", str(changed.truth)]
            return self._run("score", *options)

    def sweep(
        self, scores: Path, changed: tuple[Path, Path, Path], budgets: Sequence[float]
    ) -> dict[str, Any]:
        """What a detector is worth at each rate, its threshold set for the rate it achieves.

        Args:
            scores: file of its scores of the airports.
            changed: folder of changed series, file of their truth, file of their scores.
            budgets: false alarms a site-year that a threshold may give.
        """
        series, truth, others = changed
        options = ["--data", str(self.data), "--scores", str(scores), "--surge-data", str(series)]
        options += ["--surge-truth", str(truth), "--surge-scores", str(others)]
        return self._run("sweep", *options, "--budgets", ",".join(f"{one:g}" for one in budgets))

    def simulate(
        self, folder: Path, *, starts: int, factors: Sequence[float] = FACTORS, seed: int = 0
    ) -> tuple[Path, Path]:
        """Make series with a planted change; their folder and the file with the truth."""
        series, truth = folder / "changed", folder / "truth.csv"
        options = ["--data", str(self.data), "--out", str(series), "--truth", str(truth)]
        sizes = ["--factors", ",".join(f"{one:g}" for one in factors)]
        self._run("simulate", *options, "--starts", str(starts), "--seed", str(seed), *sizes)
        return series, truth

    def truncated(self, until: str, folder: Path) -> list[Airport]:
        """The airports as they were known on a date."""
        out = folder / until
        self._run("truncate", "--data", str(self.data), "--out", str(out), "--until", until)
        return read_airports(out)

    def _run(self, command: str, *options: str) -> dict[str, Any]:
        """Run the scorer and read what it prints."""
        done = subprocess.run(  # noqa: S603 - the program that the user names
            [sys.executable, str(self.scorer), command, *options],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ValueError(f"{self.scorer.name} {command} failed: {done.stderr.strip()}")
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@dataclass(frozen=True, slots=True)
class Changed:
    """Series with planted changes and a detector's alarms in them.

    Attributes:
        series: folder of `Yardstick.simulate`.
        truth: file of the same.
        alarms: the detector's.
    """

    series: Path
    truth: Path
    alarms: Sequence[Alarm]
