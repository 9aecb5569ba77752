"""Who is told of alerts: receivers, their addresses secret.

Nouns only; an address is in no message, log or repr.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

MinimumStatus = Literal["possible", "confirmed"]
Style = Literal["text", "html", "markdown"]
"""What a receiver's service shows."""

DIGEST: Final = "digest"
"""Stands for the alert in messages that tell of a week."""
NEWS_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of the day in which nothing is sent, from `begins` until `ends`, local time."""

    begins: dt.time
    ends: dt.time


@dataclass(frozen=True, slots=True)
class WeeklySlot:
    """A moment of the week, local time; weekday 0 is Monday."""

    weekday: int
    time: dt.time


@dataclass(frozen=True, slots=True)
class NoticeReceiver:
    """A receiver.

    Attributes:
        name: the only thing of it that is ever stored, logged or shown.
        address: Apprise URL; a secret.
        minimum_status: `confirmed` tells of confirmed alerts, `possible` of those too early to
            tell as well.
        sites: ids of the sites it is told of; empty for all.
        timezone: of its quiet hours and digest.
        quiet: hours in which messages wait; None for no such hours.
        digest: when its weekly digest is due; None for none.
    """

    name: str
    address: str = field(repr=False)
    minimum_status: MinimumStatus = "confirmed"
    sites: frozenset[str] = frozenset()
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    quiet: QuietHours | None = None
    digest: WeeklySlot | None = None

    def wants(self, site_id: str) -> bool:
        """Whether it is told of a site."""
        return not self.sites or site_id in self.sites


@dataclass(frozen=True, slots=True)
class Receivers:
    """All of the operator's file.

    Attributes:
        targets: by name.
        link: address before that of the folder `dossiers`, without a slash at the end; None where
            they are files only.
        news_days: what could be known longer ago than so many days before it was found is history,
            and told in the digest alone.
        file: that it was read from; None where none is configured.
    """

    targets: Mapping[str, NoticeReceiver] = field(default_factory=dict)
    link: str | None = None
    news_days: int = NEWS_DAYS
    file: Path | None = None
