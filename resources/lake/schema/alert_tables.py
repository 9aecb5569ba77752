"""The tables of what is drawn from activity: alerts, how sites are tested, and who is told.

Those of the sites, their scenes and what is measured in them are in `tables`, as is the list
of all.
"""

from __future__ import annotations

from resources.lake.schema.table import LakeTable, columns_of

ALERTS = LakeTable(
    name="alerts",
    key=("alert_id",),
    comment="Events: unusual activity of a site, as judged today",
    columns=columns_of("""
        alert_id VARCHAR: hash of site, opening direction and first acquisition; hexadecimal
        site_id VARCHAR: the site's slug; no unit
        direction VARCHAR: rise or fall where the looks tell it by now, else change; no unit
        meaning VARCHAR: filled, emptied, changed, greened, bared, built or wetted; no unit
        headline VARCHAR: its zones and what they show, in a few words; no unit
        status VARCHAR: possible, confirmed, closed or withdrawn; no unit
        first_seen_on DATE: day of the look at which it likeliest began; UTC
        opened_on DATE: day of the look with which it came above the threshold; UTC
        confirmed_on DATE: day of the look that agreed, NULL if none; UTC
        closed_on DATE: day of the look that ended it, NULL while open; UTC
        closed_as VARCHAR: passed, new_normal or not_confirmed, NULL while open; no unit
        replaced_by VARCHAR: of a withdrawn one, the alert that tells the event now; hexadecimal
        first_seen_acquisition_id VARCHAR: look at which it likeliest began; no unit
        first_acquisition_id VARCHAR: look that opened it; no unit
        confirmed_acquisition_id VARCHAR: look that confirmed it, NULL if none; no unit
        peak_acquisition_id VARCHAR: look that departed most, by its own error; no unit
        last_acquisition_id VARCHAR: newest look that belongs to it; no unit
        score DOUBLE: powers of ten by which it is rarer than once a year, less doubts; no unit
        false_alarms_per_year DOUBLE: at which the quiet site would show as much; 1/year
        false_alarms_per_year_asked DOUBLE: rate asked for, of the whole site; 1/year
        false_alarms_per_year_achieved DOUBLE: what that comes to on its quiet history; 1/year
        confirmations INTEGER: further looks that agree and may confirm it; count
        summary VARCHAR: what was measured, in words; no unit
        method_version VARCHAR: version of the method; no unit
    """),
)

ALERT_EVIDENCE = LakeTable(
    name="alert_evidence",
    key=("alert_id", "zone_id", "index_name"),
    comment="Series that moved in each alert",
    columns=columns_of("""
        alert_id VARCHAR: the alert; hexadecimal
        zone_id VARCHAR: the zone's slug within the alert's site; no unit
        index_name VARCHAR: index that moved; no unit
        direction VARCHAR: rise or fall where its sign tells it, else change; no unit
        meaning VARCHAR: what the series of the zone mean together, as of an alert; no unit
        peak_z DOUBLE: largest departure; standard errors
        effect DOUBLE: departure at the peak; in unit
        unit VARCHAR: unit of effect, such as m2, or 1 if it has none; no unit
        first_acquisition_id VARCHAR: first look that departed; no unit
        peak_acquisition_id VARCHAR: look that departed most; no unit
        false_alarms_per_year DOUBLE: at which the quiet site would show as much; 1/year
        ordinary_causes VARCHAR[]: what could also cause it, the likeliest first; no unit
        likely_causes VARCHAR[]: those that something speaks for and nothing against; no unit
        cause_reasons VARCHAR[]: what speaks for and against each, in that order; no unit
    """),
)

ALERT_LOG = LakeTable(
    name="alert_log",
    key=("alert_id", "known_at", "status"),
    comment="Every status an alert came to, only ever appended",
    columns=columns_of("""
        alert_id VARCHAR: the alert; hexadecimal
        known_at TIMESTAMPTZ: when the data allowed it to be known; UTC
        status VARCHAR: possible, confirmed, closed or withdrawn; no unit
        direction VARCHAR: as of an alert, as it was known then; no unit
        meaning VARCHAR: as of an alert, as it was known then; no unit
        headline VARCHAR: as of an alert, as it was known then; no unit
        site_id VARCHAR: the site's slug; no unit
        recorded_at TIMESTAMPTZ: when this row was written; UTC
        run_id VARCHAR: run that wrote it; no unit
        snapshot_id BIGINT: snapshot of the lake that it came with; number
    """),
)

SITE_TESTS = LakeTable(
    name="site_tests",
    key=("site_id",),
    comment="Whether a site is tested or still learning, and at what rate of false alarms",
    columns=columns_of("""
        site_id VARCHAR: the site's slug; no unit
        state VARCHAR: tested, or learning while its history is too short; no unit
        looks_missing INTEGER: clear looks still to come until it is tested; count
        series INTEGER: series of zones and indices that are tested; count
        false_alarms_per_year_asked DOUBLE: rate asked for, of the whole site; 1/year
        false_alarms_per_year_achieved DOUBLE: what that comes to on its quiet history; 1/year
        quiet_openings INTEGER: how often it opened there; count
        quiet_years DOUBLE: length of that history; years
        method_version VARCHAR: version of the method; no unit
    """),
)

ASSESSMENTS = LakeTable(
    name="assessments",
    key=("site_id", "known_at"),
    comment="How much of what usually covers a site is there, as it could be said at each moment",
    columns=columns_of("""
        site_id VARCHAR: the site's slug; no unit
        known_at TIMESTAMPTZ: since when it could be known; UTC
        statement VARCHAR: empty, mostly_gone, ..., change, too_early_to_tell or unknown; no unit
        share DOUBLE: of the usual covered area that is there, NULL unknown; no unit
        share_low DOUBLE: lower end of its interval of 80 %; no unit
        share_high DOUBLE: upper end of its interval of 80 %; no unit
        looks INTEGER: newest clear looks that it rests on; count
        since DATE: day of the look with which this statement began to be made; UTC
        reason VARCHAR: what it rests on, or what is missing; no unit
        next_look_due DATE: day of the next pass by the rhythm so far, NULL if not known; UTC
        acquisition_id VARCHAR: newest look that was known; no unit
        method_version VARCHAR: version of the method; no unit
    """),
)

OUTBOX = LakeTable(
    name="outbox",
    key=("alert_id", "status", "target", "turn"),
    comment="Notifications: each change of an alert's status once a receiver, and digests",
    columns=columns_of("""
        alert_id VARCHAR: the alert, or `digest`; hexadecimal
        status VARCHAR: status that is told, of a digest when it was due (ISO 8601); no unit
        target VARCHAR: name of the configured receiver; no unit
        turn INTEGER: 1 when the alert first came to that status, 2 when it came to it again; count
        known_at TIMESTAMPTZ: when the data allowed it to be known; UTC
        state VARCHAR: queued, sending, sent, failed, or dropped when its receiver left; no unit
        attempts INTEGER: times it was tried; count
        is_possibly_repeated BOOLEAN: may have arrived more than once; true or false
        claim VARCHAR: the sender that took it last, NULL before; no unit
        claimed_at TIMESTAMPTZ: when that sender took it; UTC
        next_try_at TIMESTAMPTZ: when a failed one is due again, NULL otherwise; UTC
        error VARCHAR: last error, NULL if none; no unit
        sent_at TIMESTAMPTZ: when the receiver took it, NULL until then; UTC
        recorded_at TIMESTAMPTZ: when this row was written; UTC
    """),
)

RECEIVERS = LakeTable(
    name="receivers",
    key=("target",),
    comment="Receivers of notifications by name; their addresses are in no table",
    columns=columns_of("""
        target VARCHAR: name of the configured receiver; no unit
        configured_at TIMESTAMPTZ: since when it is told of changes; UTC
        removed_at TIMESTAMPTZ: when it left the settings, NULL while it is in them; UTC
    """),
)
