"""Version of the method of alerts, and what the rows of `anomalies` are made by. Pure."""

from __future__ import annotations

from assets.anomalies.course import assess

METHOD_VERSION = "9"


def method_version(asked: float) -> str:
    """Versions of the methods of alerts and course, with the rate of false alarms asked for."""
    return f"{METHOD_VERSION} and {assess.METHOD_VERSION} at {asked:g} a year"
