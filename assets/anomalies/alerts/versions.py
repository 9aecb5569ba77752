"""Version of the method of alerts, and what the rows of `anomalies` are made by. Pure."""

from __future__ import annotations

from assets.anomalies.course import assess

METHOD_VERSION = "9"


def method_version(asked: float) -> str:
    """What alerts and the course are made by, besides activity, at a rate of false alarms."""
    return f"{METHOD_VERSION} and {assess.METHOD_VERSION} at {asked:g} a year"
