"""The message of one change of an alert's status, with all that a reader must know beside it.

Pure: facts of the lake go in, a notice comes out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from assets.anomalies.alerts.wording import how_often
from pipelines.notify.words.markup import Notice, NoticePart, paragraph_parts
from resources.attribution import MADE_UP

CONFIRM: Final = (
    "Please confirm it independently before drawing conclusions or publishing, for example with "
    "imagery of higher resolution, photographs from the ground, or ship and aircraft positions."
)
LIMITS: Final = (
    "Pixels of 10 m show groups and changes, never types or counts; no alert is not no activity."
)
REPEATED: Final = (
    "Possibly repeated: an earlier attempt to send this message ended without a clear answer."
)
SIMULATED: Final = f"{MADE_UP}: made-up scenes; nothing of this happened."
MEANINGS: Final = {
    "possible": "too early to tell; one look or few show it",
    "confirmed": "a further clear look agrees",
    "closed": "it has ended, or counts as the normal state now",
    "withdrawn": "the looks do not show it any more; please take back what was concluded from it",
}


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """What the lake holds of an alert.

    Attributes:
        site_id, site_name: where it is.
        status: as judged today; empty where the alert is judged no more.
        headline: its zones and what they show; empty as above.
        summary: the sentences of the alert.
        score: powers of ten by which it is rarer than once a year; None as above.
        rate: times a year at which the quiet site would show as much; None as above.
        rate_asked, rate_achieved: of the whole site; None where not known.
        causes, likely_causes: ordinary ones, the likeliest first.
        credits: lines of attribution of its looks.
        is_simulated: its looks are made up.
    """

    site_id: str
    site_name: str
    status: str = ""
    headline: str = ""
    summary: str = ""
    score: float | None = None
    rate: float | None = None
    rate_asked: float | None = None
    rate_achieved: float | None = None
    causes: Sequence[str] = ()
    likely_causes: Sequence[str] = ()
    credits: Sequence[str] = field(default=())
    is_simulated: bool = False


@dataclass(frozen=True, slots=True)
class NotifiedChange:
    """The change that a message tells of, and how it is sent.

    Attributes:
        status: that the alert came to.
        turn: 2 when it came to it again.
        known_at: when the data allowed it to be known, UTC.
        is_possibly_repeated: the receiver may have this message already.
        dossier: address or file of the alert's page.
        missing: why there is no picture; None where there is one.
    """

    status: str
    turn: int
    known_at: dt.datetime
    is_possibly_repeated: bool
    dossier: str
    missing: str | None = None


def change_notice(facts: AlertFacts, told: NotifiedChange) -> Notice:
    """The notice of one change."""
    mark = f"{MADE_UP}: " if facts.is_simulated else ""
    again = " again" if told.turn > 1 else ""
    shown = f": {facts.headline}" if facts.headline else ""
    title = f"{mark}{facts.site_name}: alert {told.status}{again}{shown}"
    notes = [
        NoticePart(text, "strong")
        for text, is_said in (
            (REPEATED, told.is_possibly_repeated),
            (SIMULATED, facts.is_simulated),
        )
        if is_said
    ]
    rest = [
        f"Site: {facts.site_name} ({facts.site_id}).",
        _status_sentence(facts, told),
        facts.summary,
        false_alarm_sentence(facts),
        ordinary_causes_sentence(facts),
        CONFIRM,
        LIMITS,
        f"No picture is attached: {told.missing}." if told.missing else "",
    ]
    link = NoticePart(told.dossier, "link" if "://" in told.dossier else "paragraph")
    parts = [
        *notes,
        *paragraph_parts(rest),
        NoticePart("Dossier:"),
        link,
        *paragraph_parts(facts.credits),
    ]
    return Notice(title, tuple(parts))


def false_alarm_sentence(facts: AlertFacts) -> str:
    """How often such an alert comes by chance, and what the site is set to."""
    if facts.rate is None:
        return ""
    said = f"False alarms: the quiet site would show as much {how_often(facts.rate)}"
    if facts.rate_asked is not None:
        said += f"; the site is set to {facts.rate_asked:.2g} a year, all zones together"
    if facts.rate_achieved is not None:
        said += f", which comes to {facts.rate_achieved:.2g} on its quiet past"
    return f"{said}."


def ordinary_causes_sentence(facts: AlertFacts) -> str:
    """Ordinary causes to rule out first."""
    if not facts.causes:
        return ""
    likely = ", ".join(facts.likely_causes) or "none"
    return (
        f"Ordinary causes to rule out first: {', '.join(facts.causes)}. Of these something speaks "
        f"for, and nothing against: {likely}."
    )


def _status_sentence(facts: AlertFacts, told: NotifiedChange) -> str:
    known = f"{told.known_at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
    said = f"Status: {told.status} ({MEANINGS[told.status]}), known since {known}."
    if not facts.status:
        return f"{said} The site's looks are not judged so any more; there is no sentence of it."
    if facts.status != told.status:
        return f"{said} By now it is {facts.status}."
    return said
