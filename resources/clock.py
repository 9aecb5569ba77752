"""The only clock of the project: stages and sensors are told the time from here."""

from __future__ import annotations

import datetime as dt


def utc_now() -> dt.datetime:
    """The present moment, aware, UTC."""
    return dt.datetime.now(dt.UTC)
