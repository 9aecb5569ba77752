"""Where pixels are kept: a folder or an S3 bucket of whole objects under plain keys.

Objects named by content are written once and never changed; catalogue files are replaced in one
step. What the objects mean is `chips`' job.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Protocol, TypedDict

from botocore.exceptions import ClientError

from resources.errors import ArchiveError


class _ObjectBody(Protocol):
    """The bytes of an object, read once."""

    def read(self) -> bytes: ...


class _GetObjectResponse(TypedDict):
    """What S3 says of an object that was asked for, as far as it is read here."""

    Body: _ObjectBody


class _ListedObject(TypedDict):
    """One object of a list."""

    Key: str


class _CommonPrefix(TypedDict):
    """One folder of a list."""

    Prefix: str


class _ListingPage(TypedDict, total=False):
    """One page of a list."""

    Contents: list[_ListedObject]
    CommonPrefixes: list[_CommonPrefix]


class _ListingPaginator(Protocol):
    """Asks for a list page by page."""

    def paginate(self, **named: str) -> Iterable[_ListingPage]: ...


class S3Client(Protocol):
    """The methods of boto3's S3 client that are used here; botocore takes named arguments only."""

    def put_object(self, **named: str | bytes) -> object:
        """Write an object."""
        ...

    def get_object(self, **named: str) -> _GetObjectResponse:
        """An object with its body."""
        ...

    def head_object(self, **named: str) -> object:
        """What is known of an object, without its body."""
        ...

    def get_paginator(self, name: str, /) -> _ListingPaginator:
        """Lists of more than a thousand objects."""
        ...


class Archive(Protocol):
    """Objects under keys like `khmeimim/chips/ITEM/10m-0123.tif`."""

    def put(self, key: str, data: bytes) -> None:
        """Write an object whole, or replace it in one step."""
        ...

    def get(self, key: str) -> bytes:
        """The object's bytes.

        Raises:
            ArchiveError: there is none.
        """
        ...

    def exists(self, key: str) -> bool:
        """Whether there is such an object."""
        ...

    def keys(self, prefix: str) -> list[str]:
        """Every key under a folder, sorted."""
        ...

    def folders(self) -> list[str]:
        """The top folders, sorted: one a site."""
        ...


class FolderArchive:
    """An archive in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, key: str, data: bytes) -> None:
        """Write to a temporary file beside the target, then rename: whole or not at all."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def get(self, key: str) -> bytes:
        """The object's bytes; ArchiveError if there is none."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError as cause:
            raise _missing_object(key) from cause

    def exists(self, key: str) -> bool:
        """Whether there is such an object."""
        return self._path(key).is_file()

    def keys(self, prefix: str) -> list[str]:
        """Every key under a folder, sorted; half-written files are not among them."""
        top = self._path(prefix)
        found = (path for path in top.rglob("*") if path.is_file())
        return sorted(
            path.relative_to(self.folder).as_posix()
            for path in found
            if not path.name.startswith(".")
        )

    def folders(self) -> list[str]:
        """The top folders, sorted."""
        return sorted(path.name for path in self.folder.glob("*/"))

    def _path(self, key: str) -> Path:
        return self.folder.joinpath(*checked_key(key).parts)


class S3Archive:
    """An archive in an S3 bucket; `client` comes from dagster-aws's S3Resource."""

    def __init__(self, client: S3Client, bucket: str, prefix: str) -> None:
        self.client = client
        self.bucket = bucket
        self.prefix = prefix.strip("/")

    def put(self, key: str, data: bytes) -> None:
        """Write an object; S3 shows it whole or not at all."""
        self.client.put_object(Bucket=self.bucket, Key=self._name(key), Body=data)

    def get(self, key: str) -> bytes:
        """The object's bytes; ArchiveError if there is none."""
        try:
            answer = self.client.get_object(Bucket=self.bucket, Key=self._name(key))
        except ClientError as cause:
            if _is_not_found(cause):
                raise _missing_object(key) from cause
            raise
        return answer["Body"].read()

    def exists(self, key: str) -> bool:
        """Whether there is such an object."""
        try:
            self.client.head_object(Bucket=self.bucket, Key=self._name(key))
        except ClientError as cause:
            if _is_not_found(cause):
                return False
            raise
        return True

    def keys(self, prefix: str) -> list[str]:
        """Every key under a folder, sorted."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self._name(prefix) + "/"
        )
        skip = len(self.prefix) + 1 if self.prefix else 0
        return sorted(entry["Key"][skip:] for page in pages for entry in page.get("Contents", []))

    def folders(self) -> list[str]:
        """The top folders, sorted."""
        prefix = f"{self.prefix}/" if self.prefix else ""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix, Delimiter="/"
        )
        return sorted(
            entry["Prefix"][len(prefix) :].rstrip("/")
            for page in pages
            for entry in page.get("CommonPrefixes", [])
        )

    def _name(self, key: str) -> str:
        return str(PurePosixPath(self.prefix) / checked_key(key))


def checked_key(key: str) -> PurePosixPath:
    """The key as a relative path without any step outside; ArchiveError otherwise."""
    path = PurePosixPath(key)
    if path.is_absolute() or not path.parts or ".." in path.parts or "\\" in key or "\0" in key:
        raise ArchiveError(f"An archive key must be a plain relative path, found {key!r}")
    return path


def _missing_object(key: str) -> ArchiveError:
    return ArchiveError(
        f"The archive has no {key}, which the lake names; run the site's month again."
    )


def _is_not_found(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code") in {"404", "NoSuchKey", "NotFound"}
