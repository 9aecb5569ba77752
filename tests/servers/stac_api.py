"""A real STAC API on this machine: stac-fastapi over stac-geoparquet, in an environment of its own.

Its packages clash with ours (an older FastAPI), so they live in a virtual environment that is made
once a machine, in the temporary folder. Run this file to make it ahead of the tests; the server
itself is `stac_api_server.py`.
"""

import fcntl
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "stac_api_requirements.txt"
SERVER = HERE / "stac_api_server.py"


@contextmanager
def serve_items(items: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Address of an API that holds these STAC items, until the end of the block."""
    python = make_environment()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "items.json"
        file.write_text(json.dumps(items))
        with subprocess.Popen(
            [python, SERVER, file], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                port = process.stdout.readline().strip()
                if not port:
                    raise RuntimeError(f"The STAC API did not start: {process.stderr.read()}")
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()
                process.communicate(timeout=20)


def make_environment() -> Path:
    """Python of the server's environment, which is made if this machine has none."""
    pins = REQUIREMENTS.read_bytes() + sys.version.encode()
    name = f"sitewatch-stac-api-{hashlib.sha256(pins).hexdigest()[:12]}"
    folder = Path(tempfile.gettempdir()) / name
    python = folder / "bin" / "python"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever comes second waits for the first
        if not (folder / "ready").exists():
            _run([sys.executable, "-m", "venv", "--clear", "--without-pip", folder])
            pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
            _run([*pip, "--no-deps", "--no-compile", "-r", REQUIREMENTS])
            (folder / "ready").touch()
    return python


def _run(command: Sequence[object]) -> None:
    words = [str(part) for part in command]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"The STAC API's environment cannot be made: {done.stderr[-2000:]}")


if __name__ == "__main__":
    print(make_environment())  # noqa: T201
