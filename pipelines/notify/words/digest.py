"""The weekly digest: what changed, ranked by score, so that the strongest is read first.

Pure: changes and facts go in, a notice comes out.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipelines.notify.words.changes import AlertStatusChange
from pipelines.notify.words.markup import (
    Notice,
    NoticePart,
    one_line,
    paragraph_parts,
    shorten_text,
)
from pipelines.notify.words.message import (
    CONFIRM,
    LIMITS,
    REPEATED,
    SIMULATED,
    AlertFacts,
    false_alarm_sentence,
    ordinary_causes_sentence,
)
from resources.attribution import MADE_UP, HowMany, how_many
from resources.models import ATTRIBUTION

MOST: Final = 20  # alerts that are told one by one
SUMMARY_MAX: Final = 400  # characters of an alert's sentences
SIMULATION: Final[Mapping[HowMany, tuple[str, str]]] = {
    "none": ("", ""),
    "some": (f"Partly {MADE_UP}: ", f"Partly {MADE_UP}: what is marked so did not happen."),
    "all": (f"{MADE_UP}: ", SIMULATED),
}
"""Beginning of the title, and note, by how many alerts are of made-up scenes."""
ORDER: Final = ("possible", "confirmed", "closed", "withdrawn")


@dataclass(frozen=True, slots=True)
class DigestPeriod:
    """What a digest is of: (begins, ends], UTC; `is_first` of all that the receiver gets."""

    begins: dt.datetime
    ends: dt.datetime
    is_first: bool

    def holds(self, moment: dt.datetime) -> bool:
        """Whether a moment is in it."""
        return self.begins < moment <= self.ends


def digest_notice(
    period: DigestPeriod,
    found: Sequence[AlertStatusChange],
    facts: Mapping[str, AlertFacts],
    *,
    watched: Mapping[str, str],
    is_possibly_repeated: bool,
) -> Notice:
    """The notice of a receiver's week.

    Args:
        period: what it is of.
        found: all changes of its sites, in the order in which they were recorded.
        facts: of the alerts that changed in the period, by id.
        watched: how each of its sites is tested (`tested` or `learning`), by id.
        is_possibly_repeated: the receiver may have it already.
    """
    now = [one for one in found if period.holds(one.recorded_at)]
    before = [one for one in found if one.recorded_at <= period.begins]
    ranked = rank_alerts(now, facts)
    mark, note = SIMULATION[how_many(facts[alert_id].is_simulated for alert_id, _ in ranked)]
    span = f"{_day_text(period.begins)} to {_day_text(period.ends)}"
    title = f"{mark}sitewatch digest {span}: {_alert_count_text(ranked)}"
    parts = [NoticePart(REPEATED, "strong")] if is_possibly_repeated else []
    parts += [NoticePart(note, "strong")] if note else []
    parts += paragraph_parts(
        [
            _earlier_alerts_sentence(before) if period.is_first else "",
            _watched_sites_sentence(watched),
        ]
    )
    parts.append(
        NoticePart(f"Changed from {span}, the rarest first: {_alert_count_text(ranked)}.", "strong")
    )
    parts += [
        NoticePart(_alert_summary(facts[alert_id], steps), "item")
        for alert_id, steps in ranked[:MOST]
    ]
    if len(ranked) > MOST:
        parts.append(NoticePart(f"{len(ranked) - MOST} more of a lower score are in the lake."))
    parts += paragraph_parts(
        [CONFIRM if ranked else "", LIMITS, *_attribution_lines(facts, period)]
    )
    return Notice(title, tuple(parts))


def rank_alerts(
    found: Iterable[AlertStatusChange], facts: Mapping[str, AlertFacts]
) -> list[tuple[str, list[AlertStatusChange]]]:
    """Alerts with their changes: highest score first, those without one last, then by id."""
    steps: dict[str, list[AlertStatusChange]] = {}
    for one in found:
        steps.setdefault(one.alert_id, []).append(one)

    def place(alert_id: str) -> tuple[bool, float, str]:
        score = facts[alert_id].score
        return score is None, -(score or 0.0), alert_id

    return [(alert_id, steps[alert_id]) for alert_id in sorted(steps, key=place)]


def _alert_summary(facts: AlertFacts, steps: Sequence[AlertStatusChange]) -> str:
    """One alert in a few sentences."""
    score = "no score any more" if facts.score is None else f"score {facts.score:.1f}"
    path = ", ".join(f"{one.status} {_day_text(one.known_at)}" for one in steps)
    mark = f"{MADE_UP}, " if facts.is_simulated else ""
    head = f"{facts.site_name} ({facts.site_id}), {mark}{score}: {path}."
    said = shorten_text(one_line(facts.summary), SUMMARY_MAX)
    return " ".join(
        text
        for text in (head, said, false_alarm_sentence(facts), ordinary_causes_sentence(facts))
        if text
    )


def _earlier_alerts_sentence(before: Sequence[AlertStatusChange]) -> str:
    """What was there before the receiver was, in numbers alone."""
    if not before:
        return "Before you were put on the list no alert was found."
    last = {one.alert_id: one for one in before}
    counts = Counter(one.status for one in last.values())
    sites = len({one.site_id for one in last.values()})
    told = ", ".join(f"{counts[status]} {status}" for status in ORDER if counts[status])
    return (
        f"Before you were put on the list: {len(last)} alerts at {sites} sites, by now {told}. "
        "They are not told one by one; see the dossiers or the lake."
    )


def _watched_sites_sentence(watched: Mapping[str, str]) -> str:
    states = Counter(watched.values())
    return (
        f"Sites watched: {len(watched)}, of which {states['tested']} are tested and "
        f"{len(watched) - states['tested']} have too little history yet."
    )


def _alert_count_text(ranked: Sequence[object]) -> str:
    return "no alert" if not ranked else f"{len(ranked)} alert{'s' if len(ranked) > 1 else ''}"


def _attribution_lines(facts: Mapping[str, AlertFacts], period: DigestPeriod) -> list[str]:
    """Lines of attribution of the alerts; the project's own where there is none."""
    lines = sorted({line for one in facts.values() for line in one.credits})
    return lines or [ATTRIBUTION.format(years=period.ends.year)]


def _day_text(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d}"
