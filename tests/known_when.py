"""What a lake says could be known at each date, beside what a run that stopped there would say.

`python tests/known_when.py SITE` asks the lake of SITEWATCH_DATA, and fails where they differ.
"""

import datetime as dt
import sys

from assets.anomalies.alerts.findings import SiteUnderTest
from assets.anomalies.alerts.status_log import site_alert_history
from pipelines.session.lakes import existing_lake
from resources.lake.lake import Lake
from resources.lake.questions.stage_reads import activity_series, site_of
from resources.settings import load_settings

Statuses = dict[str, str]


def known_dates(lake: Lake, site_id: str) -> dict[dt.date, tuple[Statuses, Statuses]]:
    """Statuses of all alerts at each date with a judged look: as stored, as of a run until then."""
    site = site_of(lake, site_id).site
    place = SiteUnderTest(site.site_id, site.false_alarms_per_year, site.latitude_deg)
    rows = activity_series(lake, site.site_id)
    found = {}
    for day in sorted({row["known_at"].date() for row in rows if row["z"] is not None}):
        then = site_alert_history(place, [row for row in rows if row["known_at"].date() <= day]).log
        stored = lake.query(
            f"SELECT alert_id, status FROM as_known_on(DATE '{day}') WHERE site_id = ?", [site_id]
        )
        found[day] = (
            {str(row["alert_id"]): str(row["status"]) for row in stored},
            {step.alert_id: step.status for step in then},
        )
    return found


def main(site_id: str) -> None:
    """Print how many dates agree; exit with 1 where one does not or there is none."""
    found = known_dates(existing_lake(load_settings()), site_id)
    wrong = [str(day) for day, (stored, stopped) in found.items() if stored != stopped]
    right = len(found) - len(wrong)
    sys.stdout.write(f"As known on: {right} of {len(found)} dates of {site_id} agree.\n")
    if wrong or not found:
        sys.exit(f"as_known_on differs from a run that stopped at: {', '.join(wrong) or 'no date'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
