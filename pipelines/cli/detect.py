"""The command `sitewatch detectability`: what the zones of sites could have shown, in a table.

Runs what is due and prints what the lake holds then; the work is in the asset.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from pipelines.session.session import open_session
from resources.errors import SitewatchError
from resources.lake.lake import Lake
from resources.lake.questions.stage_reads import Row

SHOWN: Final = "any"  # of the indices: what an alert needs
QUESTION: Final = """
SELECT zone_id, shape, paint, any_value(length_50_m) AS length_50_m,
    any_value(length_90_m) AS length_90_m, max(length_m) AS longest_m, max(looks) AS looks
FROM detectability WHERE site_id = ? AND index_name = ?
GROUP BY ALL ORDER BY zone_id, shape, paint
"""


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
        _show(console, session.lake, site_id)


def _show(console: Console, lake: Lake, site_id: str) -> None:
    """The shortest objects that would have been seen in each zone."""
    rows = lake.query(QUESTION, [site_id, SHOWN])
    if not rows:
        console.print(f"{site_id}: still learning, nothing can be said yet", markup=False)
        return
    table = Table("zone", "object", "seen in half of the looks", "in nine of ten", "looks tried")
    for row in rows:
        table.add_row(
            str(row["zone_id"]),
            f"{row['paint']} {row['shape']}",
            _length(row, "length_50_m"),
            _length(row, "length_90_m"),
            str(row["looks"]),
        )
    console.print(f"{site_id}: shortest object that any index would have shown", markup=False)
    console.print(table)


def _length(row: Row, column: str) -> str:
    """A length, or that no object up to the longest one was seen so often."""
    length = row[column]
    return f"{length:.0f} m" if length is not None else f"none up to {row['longest_m']:.0f} m"
