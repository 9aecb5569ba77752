"""A lake with a site and alerts written as the stage of alerts writes them: rows for messages."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from shapely.geometry import box

from resources.lake.lake import Lake
from resources.models import Bounds, Grid, Site, Zone

SITE = "field"
GRID = Grid(32634, Bounds(600_000, 5_000_000, 601_000, 5_001_000))
LOOK = "S2A_20260301T092031_R007"
CREDIT = "Contains modified Copernicus Sentinel data 2026"


def put_site(
    lake: Lake, name: str = "Field", *, attribution: str = CREDIT, site_id: str = SITE
) -> None:
    """A site with a zone and a look."""
    ground = box(22.15, 45.2, 22.16, 45.21)
    site = Site(site_id, name, 32634, 0.0, (Zone("yard", "Yard", "yard", ground),), name)
    lake.put_site(site, GRID, None)
    look = {
        "acquisition_id": LOOK,
        "sensed_at": dt.datetime(2026, 3, 1, 9, 20, 31, tzinfo=dt.UTC),
        "relative_orbit": 7,
        "item_ids": ["item"],
        "item_offsets_dn": [0.0],
        "chip_uris": ["field/chips/item/blue.tif"],
        "state": "valid",
        "attribution": attribution,
    }
    lake.replace_site(site_id, {"scenes": [look]}, run_id="look")


def alert(alert_id: str, status: str, **columns: Any) -> dict[str, Any]:
    """A row of `alerts`."""
    return {
        "alert_id": alert_id,
        "status": status,
        "direction": "rise",
        "meaning": "filled",
        "headline": "Yard fuller than usual",
        "opened_on": dt.date(2026, 3, 1),
        "score": 2.5,
        "false_alarms_per_year": 0.02,
        "false_alarms_per_year_asked": 0.5,
        "summary": f"The covered area of Yard rose by 900 m2 ({alert_id}).",
        **columns,
    }


def log(alert_id: str, status: str, known_at: dt.datetime) -> dict[str, Any]:
    """A row of `alert_log`."""
    return {"alert_id": alert_id, "status": status, "known_at": known_at}


def write(
    lake: Lake,
    alerts: Sequence[dict[str, Any]],
    *,
    site_id: str = SITE,
    known_at: dt.datetime | None = None,
) -> None:
    """Judge the site: these are its alerts, and each came to its status just now."""
    known_at = known_at or dt.datetime.now(dt.UTC) - dt.timedelta(hours=2)
    evidence = [
        {
            "alert_id": one["alert_id"],
            "zone_id": "yard",
            "index_name": "changed_area",
            "peak_z": 6.0,
            "ordinary_causes": ["snow", "wet ground"],
            "likely_causes": ["snow"],
        }
        for one in alerts
    ]
    rows = [log(one["alert_id"], one["status"], known_at) for one in alerts]
    lake.replace_alerts(site_id, alerts, evidence, rows, run_id="judged")


def forget(lake: Lake) -> None:
    """Take back alerts and messages, and what `put_site` changed of the first site."""
    with lake.writing(message="forgotten") as connection:
        for table in ("alerts", "alert_evidence", "alert_log", "outbox", "receivers"):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("UPDATE sites SET name = 'Field' WHERE name <> 'Field'")
        connection.execute("UPDATE scenes SET attribution = ? WHERE attribution <> ?", [CREDIT] * 2)
