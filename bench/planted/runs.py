"""Planted cases taken through the product, from pixels to alerts, each in a lake of its own."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assets.detectability.site import open_history
from assets.fingerprints import ANOMALIES
from bench.frames.variants import changed
from bench.planted.blocks import write_planted
from bench.planted.cases import Case
from bench.watched import TO_ACTIVITY, Folder, archive_of, worked
from bench.worlds.runs import alerts_in
from bench.worlds.scored import Opened, first_shown
from bench.worlds.told import LATE_DAYS, ZoneEvent, times_visible
from bench.worlds.visible import visible_areas
from pipelines.session.session import WatchSession
from resources.lake.questions.stage_reads import activity_series
from resources.models import Site


@dataclass(frozen=True, slots=True)
class BlockScore:
    """What became of a block.

    Attributes:
        place, zone_id, way, margin_m: of its case.
        area_m2: of the block.
        visible_m2: least area that the zone shows with 90 %; None for none that was tried.
        delay_days: from its day until an alert opened with evidence in its zone; None if none did
            while it lasted and within LATE_DAYS.
        told_m2: area that the alert tells; None where it tells none.
        is_called_passed: whether the alert closed as passed while the change still stands.
    """

    place: str
    zone_id: str
    way: str
    margin_m: float
    area_m2: float
    visible_m2: float | None
    delay_days: int | None
    told_m2: float | None
    is_called_passed: bool

    @property
    def times_visible(self) -> float:
        """How often it exceeds what is visible; 0 where nothing is."""
        return times_visible(self.area_m2, self.visible_m2)


@dataclass(frozen=True, slots=True)
class CaseScore:
    """What became of a case: its blocks, and what was confirmed where nothing was planted."""

    case: Case
    blocks: tuple[BlockScore, ...]
    confirmed_still: tuple[str, ...]


def score(case: Case) -> CaseScore:
    """Plant the blocks of a case, take it through the product, and score its alerts."""
    with tempfile.TemporaryDirectory(prefix="sitewatch-planted-") as scratch:
        blocks = [block for _, block in case.blocks]
        archive = write_planted(Folder.of(case.folder).archive, Path(scratch) / "archive", blocks)
        site = changed(case.site, margin_m=case.margin_m)
        stages = (*TO_ACTIVITY, ANOMALIES)
        data = Path(scratch) / "lake"
        with worked(data, site, archive, stages=stages, span=case.ground.span) as session:
            return _scored(session, site, case)


def _scored(session: WatchSession, site: Site, case: Case) -> CaseScore:
    """What is told of a case whose stages are done."""
    rows = activity_series(session.lake, site.site_id)
    alerts = alerts_in(session.lake, site.site_id, rows)
    visible = _visible(session, site, case)
    planted = {zone_id for zone_id, _ in case.blocks}
    return CaseScore(
        case,
        tuple(
            _block_score(case, zone_id, block.side_m**2, visible[zone_id], alerts)
            for zone_id, block in case.blocks
        ),
        tuple(
            sorted(
                {
                    zone_id
                    for alert in alerts
                    if alert.confirmed_on is not None
                    for zone_id, _ in alert.places
                    if zone_id in case.ground.still and zone_id not in planted
                }
            )
        ),
    )


def _visible(session: WatchSession, site: Site, case: Case) -> dict[str, float | None]:
    """Least area that each zone with a block shows, from looks before its day."""
    if not case.blocks:
        return {}
    history = open_history(session.lake, archive_of(session), site.site_id)
    day = case.ground.day
    events = [
        ZoneEvent("planted", zone_id, day, day, case.stands_until, block.side_m**2, 1)
        for zone_id, block in case.blocks
    ]
    return visible_areas(history, events, site.false_alarms_per_year)


def _block_score(
    case: Case, zone_id: str, area_m2: float, visible: float | None, alerts: Sequence[Opened]
) -> BlockScore:
    """One block."""
    begun = case.ground.day
    last = begun + dt.timedelta(days=LATE_DAYS)
    if case.stands_until is not None:
        last = min(last, case.stands_until)
    found = first_shown(alerts, zone_id, begun, last)
    return BlockScore(
        place=case.ground.name,
        zone_id=zone_id,
        way=case.way,
        margin_m=case.margin_m,
        area_m2=area_m2,
        visible_m2=visible,
        delay_days=None if found is None else (found.day - begun).days,
        told_m2=None if found is None else found.told_m2,
        is_called_passed=found is not None
        and case.stands_until is None
        and found.alert.closed_as == "passed",
    )
