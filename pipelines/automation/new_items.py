"""What catalogues list anew, and which of it was asked for and is not yet known to be worked.

Pure: the memory of the sensor `new_acquisitions` and how it changes. Searching and starting runs
is not done here.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from typing import Final, Literal

from assets.fingerprints import values_fingerprint
from resources.models import Item
from resources.months import Month
from resources.source import SearchResult

POLL_DAYS: Final = 45  # catalogues publish and correct late: so far back they are asked again
MOST_ATTEMPTS: Final = 5  # runs for one state of a month that may fail, one a day
MOST_A_DAY: Final = 4
"""Runs that a month is asked for on a day, UTC: a catalogue whose `updated` is always the present
moment changes at every look. What is listed by then waits for the next day."""
VERSION: Final = 2  # of the memory; another one is forgotten, which asks for each month again

Outcome = Literal["done", "going", "failed", "lost"]
"""What became of a run that was asked for; lost: there is no such run."""


@dataclass(frozen=True, slots=True)
class MonthMemory:
    """A site's month.

    Attributes:
        worked: mark of the list that a run has worked; empty before the first.
        asked: mark of the list that a run was asked for and is not known to have worked.
        number: how many runs were asked for; part of their key, so that a list that comes back to
            an older state is worked again.
        attempt: how often the list that is asked for was asked for, from 1.
        asked_on: day of the last attempt, UTC, as in ISO 8601.
        counted_on: day that `count` is of.
        count: how many runs were asked for on that day.
    """

    worked: str = ""
    asked: str = ""
    number: int = 0
    attempt: int = 0
    asked_on: str = ""
    counted_on: str = ""
    count: int = 0

    def ask(self, mark: str, today: dt.date) -> MonthMemory:
        """The memory after a run for this list was asked for, again or for the first time."""
        attempt = self.attempt + 1 if mark == self.asked else 1
        day, count = today.isoformat(), self.asked_today(today) + 1
        return MonthMemory(self.worked, mark, self.number + 1, attempt, day, day, count)

    def asked_today(self, today: dt.date) -> int:
        """How many runs were asked for today."""
        return self.count if self.counted_on == today.isoformat() else 0

    def rest(self) -> MonthMemory:
        """The memory with nothing more to be asked for."""
        return replace(self, worked=self.asked, asked="", attempt=0, asked_on="")


SiteMemory = Mapping[Month, MonthMemory]


@dataclass(frozen=True, slots=True)
class SensorMemory:
    """All that the sensor remembers: small, since of a month's list it keeps a fingerprint.

    `following` is the site to begin the next round with; empty for the first.
    """

    sites: Mapping[str, SiteMemory] = field(default_factory=dict)
    following: str = ""

    def dump(self) -> str:
        """As Dagster keeps it."""
        sites = {
            site_id: {str(month): astuple(one) for month, one in sorted(months.items())}
            for site_id, months in sorted(self.sites.items())
        }
        content = {"version": VERSION, "following": self.following, "sites": sites}
        return json.dumps(content, separators=(",", ":"))


def load_memory(cursor: str | None) -> SensorMemory:
    """What `dump` wrote; empty for no cursor, one of an older version, and one that is broken."""
    try:
        content = json.loads(cursor or "{}")
        if content.get("version") != VERSION:
            return SensorMemory()
        sites = {
            site_id: {Month.parse(month): MonthMemory(*values) for month, values in months.items()}
            for site_id, months in content["sites"].items()
        }
        return SensorMemory(sites, content["following"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return SensorMemory()


def run_key(site_id: str, month: Month, memory: MonthMemory) -> str:
    """Name of the run that a month's memory asks for: the same until it is asked for anew."""
    return f"{site_id} {month} {memory.asked} {memory.number}"


def poll_start(now: dt.datetime) -> dt.datetime:
    """From when on catalogues are asked: whole months, so that no list shrinks as days go by."""
    return Month.of(now - dt.timedelta(days=POLL_DAYS)).start


def month_marks(found: SearchResult) -> dict[Month, str]:
    """A fingerprint of what a catalogue lists of each month, in whatever order it does.

    Every item counts with `updated` and all else that changes when a catalogue corrects it. So a
    correction is seen whatever the catalogue's clock says, however late it becomes visible, and
    where `updated` is missing; a newest `updated` kept as a limit would miss all three. Items
    that were refused count by id and reason, in the month that they were sensed in.
    """
    marks: dict[Month, list[object]] = {}
    for item in found.items:
        marks.setdefault(Month.of(item.sensed_at), []).append(_item_version_fields(item))
    for refused in found.refused:
        if refused.sensed_at is not None:
            one = (refused.item_id, refused.reason)
            marks.setdefault(Month.of(refused.sensed_at), []).append(one)
    return {month: values_fingerprint(sorted(map(str, ones)))[:12] for month, ones in marks.items()}


def with_catalogue_changes(
    site: SiteMemory, marks: Mapping[Month, str], *, since: Month, today: dt.date
) -> tuple[SiteMemory, list[Month], list[Month]]:
    """The memory after a catalogue was read; months to ask a run for, and months that wait.

    A month waits that was asked for often enough today; its list is compared again at each look.

    Args:
        site: memory before.
        marks: what the catalogue lists now; a month that it says nothing of is left as it was.
        since: older months are forgotten, unless they are still asked for.
        today: UTC.
    """
    after = {month: one for month, one in site.items() if since <= month or one.asked}
    news: list[Month] = []
    waiting: list[Month] = []
    for month, mark in sorted(marks.items()):
        one = after.get(month, MonthMemory())
        if mark == (one.asked or one.worked):
            continue
        if one.asked_today(today) >= MOST_A_DAY:
            waiting.append(month)
            continue
        after[month] = one.ask(mark, today)
        news.append(month)
    return after, news, waiting


def with_run_outcomes(
    site_id: str, site: SiteMemory, outcomes: Mapping[str, Outcome], *, today: dt.date
) -> tuple[SiteMemory, list[Month], list[Month]]:
    """The memory after runs were looked at; months to ask for again, and months given up.

    A run that failed is asked for again the next day, since Dagster has tried it again itself;
    one that never came to be is asked for at once under its old key.
    """
    after: dict[Month, MonthMemory] = dict(site)
    again: list[Month] = []
    given_up: list[Month] = []
    for month, one in site.items():
        outcome = outcomes.get(run_key(site_id, month, one), "lost") if one.asked else "going"
        if outcome == "done":
            after[month] = one.rest()
        elif outcome == "failed" and one.attempt >= MOST_ATTEMPTS:
            after[month] = one.rest()
            given_up.append(month)
        elif outcome == "failed" and one.asked_on != today.isoformat():
            after[month] = one.ask(one.asked, today)
            again.append(month)
        elif outcome == "lost":
            again.append(month)
    return after, again, given_up


@dataclass(frozen=True, slots=True)
class PollDecision:
    """What one evaluation comes to.

    Attributes:
        asked: months to ask a run for.
        given_up: months whose runs failed for days.
        waiting: months that change too often; they wait for the next day.
        memory: what to remember.
    """

    asked: list[tuple[str, Month]]
    given_up: list[tuple[str, Month]]
    waiting: list[tuple[str, Month]]
    memory: SensorMemory


def decide_month_runs(
    memory: SensorMemory,
    site_ids: Iterable[str],
    answers: Mapping[str, Mapping[Month, str]],
    outcomes: Mapping[str, Outcome],
    *,
    now: dt.datetime,
) -> PollDecision:
    """Which site-months runs are to be asked for, given what is remembered.

    Args:
        memory: of the last evaluation.
        site_ids: the watched sites; others are forgotten.
        answers: marks of the months by site, for the catalogues that answered; a site without an
            answer stays as it was remembered.
        outcomes: what became of runs, by their key; a key that is not there has no run.
        now: present moment.
    """
    since, today = Month.of(poll_start(now)), now.date()
    asked: list[tuple[str, Month]] = []
    given_up: list[tuple[str, Month]] = []
    waiting: list[tuple[str, Month]] = []
    sites: dict[str, SiteMemory] = {}
    for site_id in sorted(site_ids):
        site, again, ended = with_run_outcomes(
            site_id, memory.sites.get(site_id, {}), outcomes, today=today
        )
        marks = answers.get(site_id, {})
        site, fresh, later = with_catalogue_changes(site, marks, since=since, today=today)
        asked += [(site_id, month) for month in sorted({*again, *fresh})]
        given_up += [(site_id, month) for month in ended]
        waiting += [(site_id, month) for month in later]
        sites[site_id] = site
    return PollDecision(asked, given_up, waiting, SensorMemory(sites, memory.following))


def next_poll_sites(site_ids: Iterable[str], following: str, most: int) -> tuple[list[str], str]:
    """The sites to ask about now, at most so many, and the one to begin with the next time."""
    ordered = sorted(site_ids)
    later: Sequence[str] = [site_id for site_id in ordered if site_id >= following]
    ring = [*later, *(site_id for site_id in ordered if site_id < following)]
    return ring[:most], (ring[most] if len(ring) > most else "")


def _item_version_fields(item: Item) -> tuple[str, ...]:
    """What changes when a catalogue corrects an item, or lists more of the pass it stands for."""
    told = (item.updated_at, item.published_at, item.generated_at, item.processing_baseline)
    ground = tuple(round(edge, 3) for edge in item.footprint.bounds)
    return (item.collection, item.item_id, *map(str, told), str(ground))
