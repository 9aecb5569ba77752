"""What the command says of a watch: times, alerts, and the rhythm of looks.

How a table looks on a screen is in `screen`.
"""

from __future__ import annotations

import datetime as dt

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from assets.scenes.passes import LEAD_DAYS, CataloguedLook, catalogue_delay, next_look
from pipelines.session.run import STAGES, WatchResult, peak_memory_mb
from pipelines.session.screen import shown_value
from resources.lake.lake import Lake
from resources.lake.questions.alert_reads import count_unconfirmed, told_alerts
from resources.lake.questions.site_reads import pass_times
from resources.lake.rows import Row


def show_times(console: Console, watched: WatchResult) -> None:
    """Time of each stage, and of a look in it, with the peak memory."""
    table = Table(title=Text(f"Time of {watched.looks} looks at {watched.site_id}"))
    for name in ("stage", "seconds", "ms a look"):
        table.add_column(name, justify="left" if name == "stage" else "right")
    for stage in STAGES:
        seconds = sum(time.seconds for time in watched.times if time.stage == stage)
        table.add_row(stage, f"{seconds:.1f}", f"{1000 * seconds / max(watched.looks, 1):.0f}")
    console.print(table)
    console.print(f"Peak memory {peak_memory_mb():.0f} MB. Runs: {', '.join(watched.run_ids)}")


def show_alerts(console: Console, lake: Lake, site_id: str) -> None:
    """The alerts of a site that were confirmed or are open, and how many others there were."""
    rows = told_alerts(lake, site_id)
    console.print(f"Alerts at {site_id}, confirmed or open: {len(rows)}", style="bold")
    for row in rows:
        columns: Row = row
        dates = [
            f"{word} {columns[column]}"
            for word, column in (
                ("opened", "opened_on"),
                ("confirmed", "confirmed_on"),
                ("closed", "closed_on"),
            )
            if columns[column] is not None
        ]
        console.print(f"{row['status']}: {', '.join(dates)}", highlight=False)
        console.print(Padding(Text(shown_value(row["headline"])), (0, 0, 0, 4)))
        console.print(Padding(Text(shown_value(row["summary"])), (0, 0, 0, 4)))
    console.print(f"{count_unconfirmed(lake, site_id)} more were not confirmed.")


def next_look_and_delay(lake: Lake, site_id: str, now: dt.datetime) -> dict[str, object]:
    """The next look at a site, and how late its catalogue runs, hours; empty where not known.

    Lateness is that of the newest look and of all in the LEAD_DAYS before it.
    """
    looks = [
        CataloguedLook(row["platform"], row["orbit"], row["sensed_at"], row["published_at"])
        for row in pass_times(lake, site_id, LEAD_DAYS)
    ]
    coming, delay = next_look(looks, now), catalogue_delay(looks)
    return {
        "next look": coming and f"{coming.expected_at:%Y-%m-%d} {coming.platform}",
        "listed after h": delay.median_h,
        "newest after h": delay.newest_h,
    }
