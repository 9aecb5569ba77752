"""A message of the outbox as a receiver will read it: facts from the lake, words, and a picture.

Reads; sends nothing. The words are made in `pipelines.notify.words`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assets.activity.picture import series_chart
from assets.scenes.looks import LookReader
from assets.scenes.picture import look_picture
from pipelines.notify.words.digest import DigestPeriod, digest_notice
from pipelines.notify.words.markup import Notice, message_body, subject_line
from pipelines.notify.words.message import AlertFacts, NotifiedChange, change_notice
from pipelines.notify.words.queue import changes_from_log
from resources.archive.dossier_folder import alert_page
from resources.archive.store import Archive
from resources.attribution import is_made_up
from resources.errors import ArchiveError
from resources.grids import shown_window
from resources.lake.lake import Lake
from resources.lake.outbox import (
    OutboxMessage,
    alert_rows,
    configured_receivers,
    last_digest,
    status_log,
    tested_sites,
)
from resources.lake.question_rows import AlertFactsRow
from resources.lake.questions.site_reads import look_scenes
from resources.lake.questions.stage_reads import site_of
from resources.models import ATTRIBUTION
from resources.notify.receivers import Receivers, Style

Pictures = tuple[tuple[str, bytes], ...]
"""File names and PNG."""
Drawn = tuple[Pictures, str | None]
"""Pictures, or why there are none."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is handed to a receiver's service."""

    title: str
    body: str
    pictures: Pictures = ()


@dataclass(frozen=True, slots=True)
class LetterWriter:
    """What letters are written from.

    Attributes:
        lake: read for alerts and looks.
        archive: read for the pixels of pictures.
        receivers: the settings.
        dossiers: folder of the pages for readers.
        drawn: pictures of the alerts so far, since several receivers get the same.
    """

    lake: Lake
    archive: Archive
    receivers: Receivers
    dossiers: Path
    drawn: dict[tuple[str, str], Drawn] = field(default_factory=dict, repr=False)

    def facts(self, messages: Sequence[OutboxMessage]) -> dict[str, AlertFactsRow]:
        """What the lake holds now of the alerts of messages, by id: one question for them all."""
        return alert_rows(self.lake, sorted({one.alert_id for one in messages}))

    def letter(
        self, one: OutboxMessage, facts: Mapping[str, AlertFactsRow], style: Style, most: int
    ) -> Letter:
        """A message of the outbox in a receiver's style; `facts` are those of its alert."""
        if one.is_digest:
            return _letter_of_notice(self._digest(one), style, most)
        row = facts[one.alert_id]
        pictures, missing = self._picture(row)
        told = NotifiedChange(
            one.status,
            one.turn,
            one.known_at,
            is_possibly_repeated=one.is_possibly_repeated,
            dossier=self._dossier(one.alert_id),
            missing=missing,
        )
        return _letter_of_notice(
            change_notice(alert_facts(row, one.known_at), told), style, most, pictures
        )

    def _digest(self, one: OutboxMessage) -> Notice:
        target = self.receivers.targets[one.target]
        before = last_digest(self.lake, one.target, one.status)
        since = configured_receivers(self.lake)[one.target]
        period = DigestPeriod(before or since, one.known_at, is_first=before is None)
        found = [
            one for one in changes_from_log(status_log(self.lake)) if target.wants(one.site_id)
        ]
        fresh = {one.alert_id for one in found if period.holds(one.recorded_at)}
        rows = alert_rows(self.lake, sorted(fresh))
        return digest_notice(
            period,
            found,
            {alert_id: alert_facts(row, period.ends) for alert_id, row in rows.items()},
            watched={
                site_id: state
                for site_id, state in tested_sites(self.lake).items()
                if target.wants(site_id)
            },
            is_possibly_repeated=one.is_possibly_repeated,
        )

    def _dossier(self, alert_id: str) -> str:
        """Where the alert's page is."""
        place = alert_page(alert_id)
        if self.receivers.link is not None:
            return f"{self.receivers.link}/dossiers/{place}"
        return f"{self.dossiers / place} (a file on the machine that watches)"

    def _picture(self, row: AlertFactsRow) -> Drawn:
        """The look that departed most, else the chart of the series; or why there is neither."""
        site_id, name = str(row["site_id"]), row["peak_acquisition_id"]
        if name is None:
            return (), "no look is known that departed most"
        if (site_id, name) not in self.drawn:
            self.drawn[site_id, name] = self._draw(site_id, name)
        return self.drawn[site_id, name]

    def _draw(self, site_id: str, name: str) -> Drawn:
        """A look, else the chart of its site; or why there is neither."""
        try:
            stored = site_of(self.lake, site_id)
        except KeyError:
            return (), "the site is not in the lake any more"
        looks = look_scenes(self.lake, site_id, name)
        if not looks:
            return (), "the look that departed most is not in the lake any more"
        credit = str(looks[0]["attribution"])
        try:
            look = LookReader(self.archive, stored.grid).look(looks[0])
        except ArchiveError:
            chart = series_chart(self.lake, stored, credit=credit)
            return ((f"{site_id}-series.png", chart),), None
        window = shown_window(stored.site, stored.grid)
        return ((f"{site_id}-{name}.png", look_picture(look, window, credit=credit)),), None


def alert_facts(row: AlertFactsRow, moment: dt.datetime) -> AlertFacts:
    """Facts from a row of `alert_rows`; `moment` gives the year where no look is known."""
    credits_ = [str(line) for line in row["credits"]] or [ATTRIBUTION.format(years=moment.year)]
    return AlertFacts(
        site_id=str(row["site_id"]),
        site_name=str(row["site_name"]),
        status=str(row["status"] or ""),
        headline=str(row["headline"] or ""),
        summary=str(row["summary"] or ""),
        score=row["score"],
        rate=row["false_alarms_per_year"],
        rate_asked=row["false_alarms_per_year_asked"],
        rate_achieved=row["false_alarms_per_year_achieved"],
        causes=[str(cause) for cause in row["ordinary_causes"] or []],
        likely_causes=[str(cause) for cause in row["likely_causes"] or []],
        credits=credits_,
        is_simulated=any(map(is_made_up, credits_)),
    )


def _letter_of_notice(notice: Notice, style: Style, most: int, pictures: Pictures = ()) -> Letter:
    return Letter(subject_line(notice), message_body(notice, style, most), pictures)
