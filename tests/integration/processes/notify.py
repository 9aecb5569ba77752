"""Queues and sends messages in a process of its own, as the command does.

Started by tests with DATA, FILE and LEASE_S set: data folder, file of receivers, and how long a
claim of another sender holds. BEGIN, if set, is an event to wait for when all is open. No claim is
tested here.
"""

import datetime as dt
from pathlib import Path

from pipelines.notify import deliver
from pipelines.notify.letters import LetterWriter
from resources.clock import utc_now
from resources.http.retry_policy import RetryPolicy
from resources.notify.receivers_file import read_receivers
from resources.settings import load_settings
from resources.wiring.dagster import build_resources


def work(data: str, file: str, lease_s: float, begin: object) -> None:
    """One run."""
    settings = load_settings(data=Path(data))
    resources = build_resources(settings)
    lake, archive = resources["lake"].open(), resources["archive"].open()
    receivers = read_receivers(Path(file), {}.get)
    services = deliver.open_services(receivers)
    if begin is not None:
        begin.wait()
    deliver.queue_messages(lake, receivers, utc_now(), run_id="notify")
    pace = deliver.SendingPace(
        RetryPolicy(0.05, attempts=3, growth=1.0), lease=dt.timedelta(seconds=lease_s)
    )
    deliver.deliver_messages(
        LetterWriter(lake, archive, receivers, settings.dossiers), services, pace=pace
    )


if __name__ == "__main__":
    work(DATA, FILE, LEASE_S, BEGIN)  # noqa: F821 - set by whoever starts this
