"""The dossiers on a port of this machine, so that the web UI can link to them.

A process of its own beside Dagster's: `python -m pipelines.server.page_server FOLDER PORT`. It
gives files of the folder and nothing else, to this machine only, and ends when the process that
began it does.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

HOST: Final = "127.0.0.1"
NAMES: Final = ("127.0.0.1", "localhost")
"""By which it may be asked: no other site's name that was made to lead here."""
LOOK_SECONDS: Final = 1.0  # between looks whether the parent is still there


def static_pages_app(folder: Path) -> Starlette:
    """A folder of pages; no list of what is in it, nothing outside."""
    return Starlette(
        routes=[Mount("/", StaticFiles(directory=folder, html=True))],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(NAMES))],
    )


def main() -> None:
    """Serve until the parent is gone."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    config = uvicorn.Config(static_pages_app(folder), host=HOST, port=port, log_level="error")
    server = uvicorn.Server(config)
    threading.Thread(target=_end_with_parent, args=(os.getppid(), server), daemon=True).start()
    server.run()


def _end_with_parent(parent: int, server: uvicorn.Server) -> None:
    """End the server when its parent has ended."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    server.should_exit = True


if __name__ == "__main__":
    main()
