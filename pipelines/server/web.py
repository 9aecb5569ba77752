"""Dagster's web UI and daemon on this machine only, and the dossiers beside it."""

from __future__ import annotations

import dataclasses
import socket
import subprocess
import sys
from typing import Final

from pipelines.server.attended import run_attended
from pipelines.server.instance import end_killed_runs, open_instance
from resources.errors import SettingsError
from resources.settings import Settings, child_environment

HOST: Final = "127.0.0.1"  # Dagster's web UI has no login; put a proxy with one before it

PORTS: Final = range(1, 65535)  # all but the last one, which has no next


def serve_web_ui(settings: Settings, port: int) -> int:
    """Run Dagster's development server, with the dossiers on the next port; its exit code.

    It ends within a bound after Ctrl-C or SIGTERM: see `attended`.

    Raises:
        SettingsError: there is no such port, or none after it.
    """
    if port not in PORTS:
        raise SettingsError(
            f"--port must be from {PORTS[0]} to {PORTS[-1]}, since the dossiers are on the next "
            f"one; found {port}, name another."
        )
    settings = _with_pages(settings, port + 1)
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
    return run_attended(command, child_environment(settings))


def _with_pages(settings: Settings, port: int) -> Settings:
    """Settings that say where dossiers can be read; if nobody serves them yet, they are here."""
    if settings.dossiers_url is not None or not _is_free(port):
        return settings
    settings.dossiers.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "pipelines.server.page_server",
        str(settings.dossiers),
        str(port),
    ]
    subprocess.Popen(command)  # noqa: S603 - our own; ends with this process
    return dataclasses.replace(settings, dossiers_url=f"http://{HOST}:{port}")


def _is_free(port: int) -> bool:
    """Whether a port of this machine can be had; links are paths where it cannot."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
