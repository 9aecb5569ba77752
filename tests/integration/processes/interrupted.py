"""The command, which sends itself a signal at a chosen moment of a run of Dagster.

Started by tests with NUMBER (of the signal), JOB, EVENT (its type) and what `command.py` needs.
"""

import runpy
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import dagster as dg


def interrupting(handle: Callable, number: int, job: str, event: str) -> Callable:
    """The instance's way to take in events, with the signal sent once, after the first such."""
    sent = []

    def handle_and_send(instance: dg.DagsterInstance, entry: dg.EventLogEntry, **more) -> None:
        handle(instance, entry, **more)
        found = entry.dagster_event
        if not sent and found is not None and found.event_type_value == event:
            if found.job_name != job:
                return
            sent.append(event)
            sys.stderr.write(f"interrupted: {job} {event}\n")
            signal.raise_signal(number)

    return handle_and_send


if __name__ == "__main__":
    named = {name: value for name, value in globals().items() if name.isupper()}
    dg.DagsterInstance.handle_new_event = interrupting(
        dg.DagsterInstance.handle_new_event,
        NUMBER,  # noqa: F821 - set by whoever starts this
        JOB,  # noqa: F821
        EVENT,  # noqa: F821
    )
    runpy.run_path(str(Path(__file__).with_name("command.py")), named, "__main__")
