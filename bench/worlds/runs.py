"""Made-up worlds taken through the product, from pixels to alerts, each in a lake of its own."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from assets.anomalies.alerts.findings import SiteUnderTest
from assets.anomalies.site_rows import AnomalyRows, judge_site
from assets.detectability.site import open_history
from assets.fingerprints import ANOMALIES
from bench.watched import TO_ACTIVITY, Folder, archive_of, worked
from bench.worlds.scored import Opened, WorldScore, ZoneEvidence, score_world
from bench.worlds.statements import said_of
from bench.worlds.told import events_of
from bench.worlds.visible import visible_areas
from pipelines.session.session import WatchSession
from resources.lake.lake import Lake
from resources.lake.questions.alert_reads import stored_alerts, stored_evidence
from resources.lake.questions.stage_reads import activity_series
from resources.lake.rows import Row
from resources.models import Site
from resources.simulated.worlds.archive import write_world
from resources.simulated.worlds.world import draw_world
from resources.watchlist.read import read_watch_list

FURTHER_RATES: Final = (0.1, 2.0)  # false alarms a year asked for, beside the site's own
NOW: Final = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)  # after any look


@dataclass(frozen=True, slots=True)
class WorldWanted:
    """A world to be drawn: its seed, how many zones are listed, and whether nothing happens."""

    seed: int
    zones: int | None = None
    is_quiet: bool = False


def score(wanted: WorldWanted) -> WorldScore:
    """Draw a world, take it through the product, and score its alerts."""
    with tempfile.TemporaryDirectory(prefix="sitewatch-worlds-") as scratch:
        world = draw_world(wanted.seed, zones=wanted.zones, quiet=wanted.is_quiet)
        folder = Path(scratch) / "world"
        write_world(folder, world)
        truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        parts = Folder.of(folder)
        site = read_watch_list(parts.sites)[0]
        begun = time.perf_counter()
        stages = (*TO_ACTIVITY, ANOMALIES)
        with worked(Path(scratch) / "lake", site, parts.archive, stages=stages) as session:
            return _scored(session, site, truth, time.perf_counter() - begun)


def _scored(
    session: WatchSession, site: Site, truth: Mapping[str, Any], seconds: float
) -> WorldScore:
    """What is told of a world whose stages are done."""
    rows = activity_series(session.lake, site.site_id)
    own = site.false_alarms_per_year
    alerts = {f"{own:g}": alerts_in(session.lake, site.site_id, rows)}
    for rate in FURTHER_RATES:
        judged = judge_site(
            SiteUnderTest.of(site, rate),
            rows,
            zone_names={zone.zone_id: zone.name for zone in site.zones},
            before=AnomalyRows([], [], []),
            now=NOW,
        )
        alerts[f"{rate:g}"] = alerts_of(judged.alerts, judged.evidence, rows)
    events = events_of(truth)
    visible: dict[str, float | None] = {}
    if events:
        history = open_history(session.lake, archive_of(session), site.site_id)
        visible = visible_areas(history, events, own)
    judged_days = [row["sensed_at"].date() for row in rows if row["z"] is not None]
    return score_world(
        truth,
        alerts,
        own_rate=f"{own:g}",
        tested_from=min(judged_days, default=None),
        visible_m2=visible,
        seconds=seconds,
        said=said_of(truth, statements_in(session.lake, site.site_id)),
    )


def statements_in(lake: Lake, site_id: str) -> list[Row]:
    """What was said of a site, each with the day of its newest look."""
    return lake.query(
        "SELECT a.statement, CAST(s.sensed_at AT TIME ZONE 'UTC' AS DATE) AS day"
        " FROM assessments a JOIN scenes s USING (site_id, acquisition_id)"
        " WHERE site_id = ? ORDER BY a.known_at",
        [site_id],
    )


def alerts_in(lake: Lake, site_id: str, looks: Sequence[Row]) -> list[Opened]:
    """Alerts of a site as the lake has them; `looks` are its rows of `activity`."""
    return alerts_of(stored_alerts(lake, site_id), stored_evidence(lake, site_id), looks)


def alerts_of(alerts: Sequence[Row], evidence: Sequence[Row], looks: Sequence[Row]) -> list[Opened]:
    """Alerts with their evidence, from rows of `alerts`, `alert_evidence` and `activity`."""
    days = {str(row["acquisition_id"]): row["sensed_at"].date() for row in looks}
    return [
        Opened(
            opened_on=row["opened_on"],
            confirmed_on=row["confirmed_on"],
            direction=row["direction"],
            evidence=tuple(
                ZoneEvidence(
                    str(one["zone_id"]),
                    str(one["index_name"]),
                    days[str(one["first_acquisition_id"])],
                    float(one["effect"]),
                )
                for one in evidence
                if one["alert_id"] == row["alert_id"]
            ),
            closed_as=row["closed_as"],
        )
        for row in alerts
        if row["status"] != "withdrawn"
    ]
