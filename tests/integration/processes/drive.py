"""Runs a watch in a process of its own, tidying first as the command does.

Started by tests with DATA, SITE, FIRST and LAST set. No claim is tested here.
"""

from pathlib import Path

from assets import month_writer
from pipelines.automation.due import MonthRange
from pipelines.definitions import build_defs
from pipelines.server.instance import end_killed_runs, open_instance
from pipelines.session.run import WatchRunner
from resources.months import Month
from resources.settings import load_settings
from resources.wiring.dagster import build_resources

month_writer.MOST_MONTHS = 2
"""Of one commit: the months of a test are few, and are to be caught between commits too."""


def drive(data: str, site_id: str, first: str, last: str) -> None:
    """One watch of a site that the folder already knows."""
    settings = load_settings(data=Path(data))
    resources = build_resources(settings)
    instance = open_instance(settings.dagster_home)
    end_killed_runs(instance)
    watch = WatchRunner(build_defs(resources), instance, resources["lake"].open())
    watch.run(MonthRange(site_id, Month.parse(first), Month.parse(last)))


if __name__ == "__main__":
    drive(DATA, SITE, FIRST, LAST)  # noqa: F821 - set by whoever starts this script
