"""The command `sitewatch detectability`: what the zones of sites could have shown, in a table.

Runs what is due and prints what the lake holds then; the work is in the asset.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipelines.session.session import open_session
from resources.errors import SitewatchError
from resources.lake.lake import Lake
from resources.lake.questions.site_reads import seen_objects


def show_detectability(console: Console, sites: Sequence[str], *, data: Path | None) -> None:
    """Work what is due of some sites, all if none is named, and print it.

    Raises:
        SitewatchError: a site that is not on the watch.
    """
    session = open_session(data=data, sites=None)
    known = [stored.site.site_id for stored in session.lake.sites() if not stored.is_retired]
    strange = sorted(set(sites) - set(known))
    if strange:
        raise SitewatchError(
            f"Expected sites on the watch ({', '.join(known) or 'none yet'}), found "
            f"{', '.join(strange)}; put them on it with `sitewatch run`."
        )
    for site_id in sites or known:
        session.detect(site_id)
        _show_shortest_objects(console, session.lake, site_id)


def _show_shortest_objects(console: Console, lake: Lake, site_id: str) -> None:
    """The shortest objects that would have been seen in each zone."""
    rows = seen_objects(lake, site_id)
    if not rows:
        console.print(f"{site_id}: still learning, nothing can be said yet", markup=False)
        return
    table = Table("zone", "object", "seen in half of the looks", "in nine of ten", "looks tried")
    for row in rows:
        table.add_row(
            str(row["zone_id"]),
            f"{row['paint']} {row['shape']}",
            _length_text(row["length_50_m"], row["longest_m"]),
            _length_text(row["length_90_m"], row["longest_m"]),
            str(row["looks"]),
        )
    console.print(f"{site_id}: shortest object that any index would have shown", markup=False)
    console.print(table)


def _length_text(length_m: float | None, longest_m: float) -> str:
    """A length, or that no object up to the longest one was seen so often."""
    return f"{length_m:.0f} m" if length_m is not None else f"none up to {longest_m:.0f} m"
