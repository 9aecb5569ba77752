"""Objects in buckets: signed where there are keys, paid for only by whoever said so."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import numpy as np
import pytest
from moto.server import ThreadedMotoServer
from servers.ranges import FolderServer, serve_folder

from resources.http.documents import Bucket, FetchAllowlist, RemoteError, fetch_bytes
from resources.http.loop import run_with_client
from resources.http.retry import ReadingTally

CONTENT = np.random.default_rng(0).integers(0, 256, 400_000, dtype=np.uint8).tobytes()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FolderServer]:
    with serve_folder(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Address of an S3 server on this machine that checks signatures, with one object."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "KEYID", "aws_secret_access_key": "HIDDEN"}
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **keys)
    client.create_bucket(Bucket="scenes")
    client.put_object(Bucket="scenes", Key="tiles/a=1+2.tif", Body=CONTENT)
    client.put_object(Bucket="scenes", Key="open/a=1+2.tif", Body=CONTENT, ACL="public-read")
    yield endpoint
    server.stop()


@pytest.mark.parametrize("is_signed", [True, False])
def test_parts_of_objects_in_a_bucket_are_read(s3: str, *, is_signed: bool) -> None:
    keys = {"key_id": "KEYID", "secret": "HIDDEN"} if is_signed else {}
    reach = FetchAllowlist(buckets=(Bucket("scenes", endpoint=s3, **keys),))
    target = reach.target("s3://scenes/open/a=1+2.tif")
    part = run_with_client(lambda client: client.fetch(target, 5, 5000, tally=ReadingTally()))
    assert bytes(part.data) == CONTENT[5:5000]
    assert part.version.size == len(CONTENT)
    assert fetch_bytes(reach, "s3://scenes/open/a=1+2.tif", limit=10**6)[0] == CONTENT
    with pytest.raises(RemoteError, match=r"s3://scenes/no\.tif answered 40[34]"):
        fetch_bytes(reach, "s3://scenes/no.tif", limit=10**6)


def test_an_object_that_needs_a_key_is_read_with_one_only(s3: str) -> None:
    href = "s3://scenes/tiles/a=1+2.tif"
    with pytest.raises(RemoteError, match="403 Forbidden: it may not be read without a key"):
        fetch_bytes(FetchAllowlist(buckets=(Bucket("scenes", endpoint=s3),)), href, limit=10**6)
    signed = FetchAllowlist(buckets=(Bucket("scenes", s3, None, "KEYID", "HIDDEN"),))
    assert fetch_bytes(signed, href, limit=10**6)[0] == CONTENT


def test_requests_to_a_bucket_carry_who_pays_only_if_he_said_so(server: FolderServer) -> None:
    (server.folder / "scenes").mkdir()
    (server.folder / "scenes/a.tif").write_bytes(CONTENT)
    for is_paid in (False, True):
        bucket = Bucket("scenes", server.url, None, "KEYID", "HIDDEN", "TOKEN", is_paid)
        reach = FetchAllowlist(buckets=(bucket,))
        fetch_bytes(reach, "s3://scenes/a.tif", limit=10**6)
        headers = {name.lower(): value for name, value in server.asked[-1].headers.items()}
        assert headers.get("x-amz-request-payer") == ("requester" if is_paid else None)
        assert "x-amz-request-payer" in headers["authorization"] or not is_paid
        assert headers["x-amz-security-token"] == "TOKEN"
        with pytest.raises(RemoteError) as caught:
            fetch_bytes(reach, "s3://scenes/b.tif", limit=10)
        assert not any(word in str(caught.value) for word in ("HIDDEN", "TOKEN", "KEYID"))
        assert "HIDDEN" not in repr(reach) + repr(caught.value)
