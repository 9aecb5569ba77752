"""The archive as a folder and as a bucket: the same promises, kept by both."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from resources.archive.store import Archive, FolderArchive, S3Archive, checked_key
from resources.errors import ArchiveError


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "bucket", "bucket with prefix"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    if request.param == "folder":
        return FolderArchive(tmp_path / "archive")
    client = boto3.client(
        "s3",
        endpoint_url=request.getfixturevalue("s3_endpoint"),
        region_name="us-east-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",
    )
    bucket = "watch-" + str(abs(hash(tmp_path)))
    client.create_bucket(Bucket=bucket)
    return S3Archive(client, bucket, "deep/down" if "prefix" in request.param else "")


def test_what_was_put_is_got_back_and_replaced_whole(archive: Archive) -> None:
    assert not archive.exists("site/chips/a.tif")
    archive.put("site/chips/a.tif", b"one")
    archive.put("site/chips/a.tif", b"another")
    assert archive.exists("site/chips/a.tif")
    assert archive.get("site/chips/a.tif") == b"another"


def test_what_is_not_there_is_named(archive: Archive) -> None:
    with pytest.raises(ArchiveError, match=r"site/none\.tif.*run the site's month again"):
        archive.get("site/none.tif")


def test_keys_and_folders_are_listed_in_order(archive: Archive) -> None:
    for key in ("b/x/2.tif", "b/x/1.tif", "b/catalog.json", "a/catalog.json", "bb/y.tif"):
        archive.put(key, b"x")
    assert archive.keys("b") == ["b/catalog.json", "b/x/1.tif", "b/x/2.tif"]
    assert archive.keys("c") == []
    assert archive.folders() == ["a", "b", "bb"]


@pytest.mark.parametrize("key", ["../x", "a/../../x", "/etc/x", "", "a\\b", "a\0b"])
def test_no_key_leads_outside(archive: Archive, key: str) -> None:
    with pytest.raises(ArchiveError, match="plain relative path"):
        checked_key(key)
    with pytest.raises(ArchiveError):
        archive.put(key, b"x")


def test_half_written_files_are_neither_listed_nor_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = FolderArchive(tmp_path)
    archive.put("a/x.tif", b"old")

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full_disk)
    with pytest.raises(OSError, match="No space"):
        archive.put("a/x.tif", b"new")
    assert archive.get("a/x.tif") == b"old"
    assert archive.keys("a") == ["a/x.tif"]
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["x.tif"]


def test_readers_see_whole_objects_while_writers_replace_them(tmp_path: Path) -> None:
    archive = FolderArchive(tmp_path)
    contents = {bytes([65 + number]) * 200_000 for number in range(4)}
    archive.put("a/x", min(contents))

    def write(content: bytes) -> None:
        for _ in range(20):
            archive.put("a/x", content)

    writers = [threading.Thread(target=write, args=(content,)) for content in contents]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert archive.get("a/x") in contents
    for writer in writers:
        writer.join()
    assert archive.keys("a") == ["a/x"]
