"""Serves a file of STAC items as a STAC API; prints the port. Runs in the environment of its own.

`stac.api` starts it: none of our packages are to be had here.
"""

import asyncio
import importlib.util
import json
import socket
import sys
import tempfile
from pathlib import Path

import rustac
import uvicorn
from stac_fastapi.geoparquet.api import create
from stac_fastapi.geoparquet.settings import Settings

DUCKDB = "v1.5.5"  # inside rustac 0.9.17
PLATFORM = "linux_amd64"


def extensions(folder: Path) -> Path:
    """A folder of DuckDB's extensions from their wheels, as DuckDB expects it."""
    place = folder / DUCKDB / PLATFORM
    place.mkdir(parents=True)
    for name in ("spatial", "icu", "parquet"):
        spec = importlib.util.find_spec(f"duckdb_extension_{name}")
        file = Path(spec.submodule_search_locations[0]) / "extensions" / DUCKDB
        (place / f"{name}.duckdb_extension").symlink_to(file / f"{name}.duckdb_extension")
    return folder


async def write(path: Path, items: list[dict]) -> None:
    await rustac.write(str(path), items)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(write(folder / "items.parquet", json.loads(Path(sys.argv[1]).read_text())))
        settings = Settings(
            stac_fastapi_geoparquet_href=str(folder / "items.parquet"),
            stac_fastapi_landing_id="tests",
            stac_fastapi_title="tests",
            stac_fastapi_description="tests",
        )
        client = rustac.DuckdbClient(
            extension_directory=str(extensions(folder)), install_extensions=False
        )
        app = create(settings, client).app
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)  # noqa: T201
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        server.run(sockets=[listener])


if __name__ == "__main__":
    main()
