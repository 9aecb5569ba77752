"""Dagster's web UI and daemon for the data folder, on this machine only."""

from __future__ import annotations

import os
import sys
from typing import Final

from pipelines.instance import end_killed_runs, open_instance
from resources.settings import Settings, child_environment

HOST: Final = "127.0.0.1"  # Dagster's web UI has no login; put a proxy with one before it


def serve(settings: Settings, port: int) -> None:
    """Become Dagster's development server; does not return."""
    with open_instance(settings.dagster_home) as instance:
        end_killed_runs(instance)
    command = [
        sys.executable,
        "-m",
        "dagster",
        "dev",
        "--module-name",
        "pipelines.definitions",
        "--host",
        HOST,
        "--port",
        str(port),
    ]
    os.execve(sys.executable, command, child_environment(settings))  # noqa: S606 - our own interpreter
