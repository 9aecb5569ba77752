"""The archive in an S3 bucket: a real server on loopback instead of the folder, the same rows."""

from collections.abc import Callable, Iterator
from urllib.parse import urljoin

import boto3
import pystac
import pytest
from moto.server import ThreadedMotoServer
from pystac.stac_io import DefaultStacIO

from resources.months import Month

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("stretch")]

BUCKET, PREFIX = "watch-archive", "evidence"
MONTHS = (Month(2015, 8), Month(2016, 3))
"""Four looks; eight months."""


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Address of an S3 server on this machine with the bucket made."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    boto3.client("s3", endpoint_url=address).create_bucket(Bucket=BUCKET)
    yield address
    server.stop()


class S3Io(DefaultStacIO):
    """Lets a STAC client read s3:// addresses through boto3."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        self.client = boto3.client("s3", endpoint_url=endpoint)

    def read_text(self, source, *_args: object, **_kwargs: object) -> str:
        key = str(source).removeprefix(f"s3://{BUCKET}/")
        return self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()


def test_months_with_their_chips_in_a_bucket_give_the_rows_of_the_folder(
    romania,
    ordered,
    endpoint: str,
    post_at: Callable,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SITEWATCH_ARCHIVE_BUCKET", BUCKET)
    monkeypatch.setenv("SITEWATCH_ARCHIVE_PREFIX", PREFIX)
    monkeypatch.setenv("SITEWATCH_S3_ENDPOINT", endpoint)
    monkeypatch.setenv("SITEWATCH_S3_REGION", "us-east-1")
    post = post_at(tmp_path_factory.mktemp("s3") / "data")
    post.take(romania.sites, romania.archive)
    post.run_months(*MONTHS)

    assert post.rows(until=MONTHS[1]) == ordered.rows(until=MONTHS[1])
    assert not post.settings.archive.exists(), "nothing of the archive is on this machine's disk"
    catalog = pystac.Catalog.from_file(
        f"s3://{BUCKET}/{PREFIX}/catalog.json", stac_io=S3Io(endpoint)
    )
    items = list(catalog.get_items(recursive=True))
    chips = [item for item in items if "/chips/" in item.get_self_href()]
    assert len(chips) == 4
    client = boto3.client("s3", endpoint_url=endpoint)
    for item in items:
        assert item.assets
        for asset in item.assets.values():
            key = urljoin(item.get_self_href(), asset.href).removeprefix(f"s3://{BUCKET}/")
            key = asset.get_absolute_href().removeprefix(f"s3://{BUCKET}/")
            assert client.head_object(Bucket=BUCKET, Key=key)["ContentLength"] > 100
