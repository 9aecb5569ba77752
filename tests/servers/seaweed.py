"""A real S3 server on this machine: SeaweedFS from its wheel, with one pair of keys.

Tests import it as `from servers.seaweed import serve_s3`. What is put into it is theirs.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from servers.ports import free_ports

KEY_ID, SECRET, REGION = "SITEWATCHTESTS", "a-secret-of-the-tests", "us-east-1"
START_S = 60.0


@dataclass(frozen=True)
class S3Server:
    """A running server."""

    endpoint: str
    key_id: str = KEY_ID
    secret: str = SECRET
    region: str = REGION

    @property
    def client(self):
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.key_id,
            aws_secret_access_key=self.secret,
            region_name=self.region,
            config=Config(max_pool_connections=8, retries={"max_attempts": 0}),
        )

    def upload(self, folder: Path, bucket: str, prefix: str = "") -> None:
        """Put every file of a folder into a bucket."""
        client = self.client
        files = [path for path in folder.rglob("*") if path.is_file()]

        def put(path: Path) -> None:
            key = f"{prefix}{path.relative_to(folder).as_posix()}"
            client.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(put, files))


@contextmanager
def serve_s3(*buckets: str) -> Iterator[S3Server]:
    """A server with these empty buckets, until the end of the block."""
    with tempfile.TemporaryDirectory() as folder:
        command, endpoint = _command(Path(folder))
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            server = S3Server(endpoint)
            _wait(server, process, buckets, Path(folder) / "log")
            yield server
        finally:
            process.kill()  # asked to end, it takes half a minute; its folder goes anyway
            process.wait(timeout=30)


def _command(folder: Path) -> tuple[list[str], str]:
    keys = {"accessKey": KEY_ID, "secretKey": SECRET}
    actions = ["Admin", "Read", "Write", "List"]
    identity = {"name": "tests", "credentials": [keys], "actions": actions}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir()
    names = ("master", "volume", "filer", "s3")
    ports = free_ports(2 * len(names))
    weed = shutil.which("weed") or str(Path(sys.executable).parent / "weed")
    options = [
        f"-dir={folder / 'data'}",
        f"-s3.config={folder / 's3.json'}",
        f"-filer.localSocket={folder / 'filer.sock'}",
        f"-s3.localSocket={folder / 's3.sock'}",
        "-master.peers=none",  # a single master does not wait for an election
        "-master.telemetry=false",
        "-s3.port.iceberg=0",  # these two listen on fixed ports, which another server may have
        "-s3.port.lance=0",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-volume.max=20",
        "-master.volumeSizeLimitMB=64",
        *(f"-{name}.port={port}" for name, port in zip(names, ports, strict=False)),
        *(f"-{n}.port.grpc={p}" for n, p in zip(names, ports[len(names) :], strict=True)),
    ]
    return [weed, "server", "-s3", *options], f"http://127.0.0.1:{ports[names.index('s3')]}"


def _wait(server: S3Server, process: subprocess.Popen, buckets: tuple[str, ...], log: Path) -> None:
    """Until the buckets are made and can be written to."""
    client, last = server.client, time.monotonic() + START_S
    for bucket in buckets:
        while True:
            try:
                client.create_bucket(Bucket=bucket)
                client.put_object(Bucket=bucket, Key="ready", Body=b"yes")
                client.delete_object(Bucket=bucket, Key="ready")
                break
            except (BotoCoreError, ClientError) as cause:
                if process.poll() is not None or time.monotonic() > last:
                    raise RuntimeError(log.read_text(errors="replace")[-3000:]) from cause
                time.sleep(0.1)
