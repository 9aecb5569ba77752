"""Changes of single series grouped into alerts of a site. Pure.

Causal: which alert a change joins depends only on what was known when the change opened.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from assets.anomalies.alerts.alerts import Alert
from assets.anomalies.alerts.evidence import AlertEvidence
from assets.anomalies.change_tests.series import ORDER, TESTED
from assets.anomalies.change_tests.site_test import MERGE_DAYS


def group_into_alerts(site_id: str, changes: Sequence[AlertEvidence]) -> list[Alert]:
    """Group the changes of a site into alerts.

    A change joins an open alert in the same zone, one that opened at the same look, or a confirmed
    one, as far as their directions allow; else it opens an alert if its index is of TESTED.

    Args:
        site_id: id of the site.
        changes: changes of all series of the site, in any order.

    Returns:
        Alerts of all times, closed ones too, the oldest first.

    Raises:
        ValueError: the index of a change is not in ORDER.

    Source:
        The project's own rules: docs/methods/alerts.md, "An alert"; held by
        tests/unit/assets/anomalies/test_alerts.py.
    """
    ordered = sorted(
        changes,
        key=lambda one: (
            one.opened_at,
            one.key.index_name not in TESTED,
            not one.tells_direction,
            ORDER.index(one.key.index_name),
            one.key,
            -one.episode.sign,
        ),
    )
    alerts: list[Alert] = []
    for change in ordered:
        home = _matching_alert(alerts, change)
        if home is not None:
            home.members.append(change)
        elif change.key.index_name in TESTED:
            alerts.append(Alert(site_id, [change]))
    return alerts


def _matching_alert(alerts: Sequence[Alert], change: AlertEvidence) -> Alert | None:
    """The alert that a change belongs to, if one is open that is about the same event.

    That is one in the same zone, one that opened at the same look, or a confirmed one; a single
    unconfirmed look elsewhere on the site is another matter. Where both tell direction it must be
    the same; where one does not, the other lends its own while the event is young. What undoes an
    event is no part of it.
    """
    moment, zone = change.opened_at, change.key.zone_id
    opener = change.series[change.episode.opened]
    going = [
        alert
        for alert in alerts
        if alert.is_open_at(moment) and alert.is_return == change.episode.is_return
    ]

    def opens_it(alert: Alert) -> bool:
        return alert.first.look == opener.look and _goes_with(alert, change)

    def is_there(alert: Alert) -> bool:
        is_loose = not change.tells_direction or _goes_with(alert, change)
        return alert.has_zone(zone) and is_loose

    rules: tuple[Callable[[Alert], bool], ...] = (
        lambda alert: opens_it(alert) and alert.has_zone(zone),
        is_there,
        opens_it,
        lambda alert: alert.confirmed_by(moment) and _goes_with(alert, change),
    )
    for rule in rules:
        for alert in reversed(going):
            if rule(alert):
                return alert
    return None


def _goes_with(alert: Alert, change: AlertEvidence) -> bool:
    """Whether directions agree, or one of the two tells none and the event is young."""
    if alert.side == change.side:
        return True
    is_young = change.opened_at - alert.first.sensed_at <= dt.timedelta(days=MERGE_DAYS)
    return is_young and not (alert.tells_direction and change.tells_direction)
