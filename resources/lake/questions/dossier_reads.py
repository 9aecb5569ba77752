"""What dossiers ask the lake: all that it holds of a site, and a line on every site.

SQL only; what is shown of the answers is the stage's work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from resources.attribution import MADE_UP
from resources.lake.lake import Lake, StoredSite
from resources.lake.question_rows import (
    CreditRow,
    ListedWitnessRow,
    NamedAlertRow,
    ObjectSizeRow,
    PassCountRow,
    SiteLineRow,
)
from resources.lake.questions.alert_reads import stored_alerts, stored_evidence
from resources.lake.questions.site_reads import seen_objects
from resources.lake.questions.stage_reads import site_of
from resources.lake.questions.witness_reads import (
    listed_witnesses,
    witness_alarms,
)
from resources.lake.rows import (
    ActivityRow,
    AlertEvidenceRow,
    AlertLogRow,
    AlertRow,
    AssessmentRow,
    CloudMaskRow,
    DetectabilityRow,
    RegistrationRow,
    SceneRow,
    SiteTestRow,
    WitnessAlarmRow,
    ZoneRow,
)
from resources.lake.schema.tables import NO_LOOK

R = TypeVar("R")

ZONES: Final = """
SELECT site_id, zone_id, zone_version, name, kind, is_approximate, area_m2 FROM zones
WHERE site_id = ? AND valid_to IS NULL ORDER BY position, zone_id
"""
LOG: Final = """
SELECT alert_id, known_at, status FROM alert_log WHERE site_id = ?
ORDER BY known_at,
    list_position(['possible', 'confirmed', 'closed', 'withdrawn'], status), alert_id
"""
COURSE: Final = """
SELECT * FROM assessments WHERE site_id = ?
QUALIFY known_at = max(known_at) OVER () OR statement IS DISTINCT FROM
    lag(statement) OVER (ORDER BY known_at)
ORDER BY known_at DESC
"""
TESTS: Final = "SELECT * FROM site_tests WHERE site_id = ?"
SCENES: Final = "SELECT * FROM scenes WHERE site_id = ? ORDER BY sensed_at, acquisition_id"
PASSES: Final = """
SELECT site_id, state, count(*) AS n FROM passes WHERE site_id = ?
GROUP BY ALL ORDER BY n DESC, state
"""
MASKS: Final = """
SELECT acquisition_id, zone_id, state FROM cloud_masks WHERE site_id = ?
ORDER BY acquisition_id, zone_id
"""
SERIES: Final = """
SELECT
    site_id, zone_id, acquisition_id, index_name, sensed_at, value, standard_error, expected,
    expected_error, level_effect, season_effect, z, state
FROM activity
WHERE site_id = ? AND index_name IN (SELECT unnest(CAST(? AS VARCHAR[])))
ORDER BY zone_id, index_name, sensed_at, acquisition_id
"""
THRESHOLDS: Final = """
SELECT site_id, zone_id, index_name, max(threshold_z) AS threshold_z FROM detectability
WHERE site_id = ? AND threshold_z IS NOT NULL
GROUP BY ALL ORDER BY zone_id, index_name
"""
REGISTRATIONS: Final = """
SELECT acquisition_id, avg(east_px) AS east_px, avg(south_px) AS south_px FROM registrations
WHERE site_id = ? AND state = 'registered' GROUP BY acquisition_id ORDER BY acquisition_id
"""


@dataclass(frozen=True, slots=True)
class SiteRecord:
    """Rows of a site, each list in a fixed order.

    Attributes:
        stored: site, zones in use and grid.
        zones: rows of `zones` in use, without the polygon.
        alerts, evidence, log: as in the tables.
        tests: the row of `site_tests`, if there is one.
        course: rows of `assessments` at which a statement began to be made, the newest first.
        scenes: looks in the order of sensing, also those replaced and refused.
        passes: number of passes by state.
        masks: state of every zone at every look.
        series: rows of `activity` of the indices that were asked for.
        detectability: rows for any index, by zone, object and length.
        thresholds: zone, index and `threshold_z`, where worked out.
        registrations: shift of every look that has one, mean of its zones.
        witnesses: a row a series of the user's own, with its newest value.
        witness_alarms: their alarms, the newest first.
    """

    stored: StoredSite
    zones: list[ZoneRow]
    alerts: list[AlertRow]
    evidence: list[AlertEvidenceRow]
    log: list[AlertLogRow]
    tests: list[SiteTestRow]
    course: list[AssessmentRow]
    scenes: list[SceneRow]
    passes: list[PassCountRow]
    masks: list[CloudMaskRow]
    series: list[ActivityRow]
    detectability: list[ObjectSizeRow]
    thresholds: list[DetectabilityRow]
    registrations: list[RegistrationRow]
    witnesses: list[ListedWitnessRow]
    witness_alarms: list[WitnessAlarmRow]


def read_site(lake: Lake, site_id: str, indices: Sequence[str]) -> SiteRecord:
    """All that pages of a site show.

    Args:
        lake: read.
        site_id: the site; KeyError if the lake has none of this id.
        indices: whose series are wanted besides those that alerts rest on.
    """

    def ask(row_type: type[R], sql: str, *more: object) -> list[R]:
        return lake.query_as(row_type, sql, [site_id, *more])

    evidence = stored_evidence(lake, site_id)
    wanted = sorted({*indices, *(str(row["index_name"]) for row in evidence)})
    return SiteRecord(
        stored=site_of(lake, site_id),
        zones=ask(ZoneRow, ZONES),
        alerts=stored_alerts(lake, site_id),
        evidence=evidence,
        log=ask(AlertLogRow, LOG),
        tests=ask(SiteTestRow, TESTS),
        course=ask(AssessmentRow, COURSE),
        scenes=ask(SceneRow, SCENES),
        passes=ask(PassCountRow, PASSES),
        masks=ask(CloudMaskRow, MASKS),
        series=ask(ActivityRow, SERIES, wanted),
        detectability=seen_objects(lake, site_id),
        thresholds=ask(DetectabilityRow, THRESHOLDS),
        registrations=ask(RegistrationRow, REGISTRATIONS),
        witnesses=listed_witnesses(lake, site_id),
        witness_alarms=witness_alarms(lake, site_id),
    )


def sites_overview(lake: Lake) -> list[SiteLineRow]:
    """A row a site: name, middle of its grid in metres, whether it is tested, its newest look."""
    return lake.query_as(
        SiteLineRow,
        "SELECT s.site_id, s.name, s.retired_at IS NOT NULL AS is_retired,"
        " (s.grid_west + s.grid_east) / 2 AS x, (s.grid_south + s.grid_north) / 2 AS y, s.epsg,"
        " t.state, t.looks_missing, max(c.sensed_at) AS newest,"
        f" coalesce(bool_or(starts_with(c.attribution, '{MADE_UP}')), false) AS is_simulated"
        " FROM sites s LEFT JOIN site_tests t USING (site_id)"
        " LEFT JOIN scenes c ON c.site_id = s.site_id"
        f" AND c.state NOT IN {NO_LOOK}"
        " GROUP BY ALL ORDER BY s.site_id",
    )


def all_open_alerts(lake: Lake) -> list[NamedAlertRow]:
    """Possible and confirmed alerts of all sites, the strongest first."""
    return lake.query_as(
        NamedAlertRow,
        "SELECT a.*, s.name AS site_name FROM alerts a JOIN sites s USING (site_id)"
        " WHERE a.status IN ('possible', 'confirmed') ORDER BY a.score DESC, a.alert_id",
    )


def all_credits(lake: Lake) -> list[CreditRow]:
    """Lines of attribution of all looks, with the years they are of."""
    return lake.query_as(
        CreditRow,
        "SELECT DISTINCT attribution, year(sensed_at) AS year FROM scenes"
        f" WHERE attribution IS NOT NULL AND state NOT IN {NO_LOOK}"
        " ORDER BY attribution, year",
    )
