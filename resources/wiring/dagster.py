"""Lake, archive and source as Dagster resources: thin, they only open the plain objects.

No `from __future__ import annotations` here: Dagster reads these types when it runs.
"""

from pathlib import Path

import dagster as dg
from dagster_aws.s3 import S3Resource
from pydantic import Field, PrivateAttr

from resources.archive.dossier_folder import DossierFiles
from resources.archive.overlay import ChipsBeneath
from resources.archive.store import Archive, FolderArchive, S3Archive
from resources.lake.lake import Lake, LakeLocation
from resources.notify.receivers import Receivers
from resources.notify.receivers_file import read_receivers
from resources.settings import Settings, secret_named
from resources.source import Source
from resources.sources.open import open_source


class LakeResource(dg.ConfigurableResource[Lake]):
    """The lake that stages write and sensors read."""

    catalog: str = Field(description="DuckLake catalogue: path of a SQLite file, or postgres:...")
    files: str = Field(description="Folder or s3:// address of the Parquet files")
    _lake: Lake | None = PrivateAttr(default=None)

    def open(self) -> Lake:
        """The lake, its tables made at first use; one connection a process."""
        if self._lake is None:
            self._lake = Lake(LakeLocation(self.catalog, self.files))
            self._lake.ensure()
        return self._lake


class ArchiveResource(dg.ConfigurableResource[Archive]):
    """Where chips, masks and residuals are kept: a folder, or an S3 bucket if one is named."""

    folder: str = Field(description="Folder of the archive; not used when a bucket is named")
    bucket: str | None = Field(default=None, description="S3 bucket, if the archive is in one")
    prefix: str = Field(default="sitewatch", description="Folder of the archive in its bucket")
    s3: S3Resource = Field(description="Connection to S3; keys come from AWS's own variables")

    def open(self) -> Archive:
        """The archive."""
        if self.bucket is None:
            return FolderArchive(Path(self.folder))
        return S3Archive(self.s3.get_client(), self.bucket, self.prefix)


class ArchiveOverChips(ArchiveResource):
    """A new archive that reads the chips of another one, and writes nothing there."""

    beneath: ArchiveResource

    def open(self) -> Archive:
        """The archive with the other's chips."""
        return ChipsBeneath(super().open(), self.beneath.open())


class DossierFilesResource(dg.ConfigurableResource[DossierFiles]):
    """Where pages for readers are written."""

    folder: str = Field(description="Folder of the static pages")
    address: str | None = Field(
        default=None, description="Address under which that folder can be read; None: by its path"
    )

    def open(self) -> DossierFiles:
        """The pages."""
        return DossierFiles(Path(self.folder))

    def link(self, page: str) -> dg.MetadataValue:
        """Where a page can be read, for the web UI."""
        path = self.open().path(page)
        if self.address is None:
            return dg.MetadataValue.path(str(path))
        return dg.MetadataValue.url(f"{self.address}/{page}")


class SourceResource(dg.ConfigurableResource[Source]):
    """Where scenes come from.

    Its keys are read from the environment when it is opened: none is in Dagster's configuration.
    """

    location: str | None = Field(
        default=None,
        description="Name, STAC API, bucket or folder, for sites without one of their own",
    )
    _opened: dict[str | None, Source] = PrivateAttr(default_factory=dict)

    def open(self, site_source: str | None = None) -> Source:
        """The source that a site was put on the watch with, else the configured one."""
        location = site_source or self.location
        if location not in self._opened:
            self._opened[location] = open_source(location)
        return self._opened[location]


class LearnedMaskResource(dg.ConfigurableResource[str | None]):
    """Which learned cloud mask is asked besides the scenes' own classes and the site's past."""

    name: str | None = Field(default=None, description="ukis-csmask, or none")


class ReceiversResource(dg.ConfigurableResource[Receivers]):
    """Who is told of alerts.

    Addresses are read from file and environment when it is opened: none is in Dagster's
    configuration.
    """

    file: str | None = Field(default=None, description="TOML file of receivers; none: nobody")

    def open(self) -> Receivers:
        """The receivers, as the file has them now."""
        return read_receivers(None if self.file is None else Path(self.file), secret_named)


def build_resources(settings: Settings) -> dict[str, dg.ConfigurableResource]:  # type: ignore[type-arg]  # any resource
    """The resources of the watch by the names that assets ask for."""
    return {
        "lake": LakeResource(catalog=settings.catalog, files=settings.files),
        "archive": ArchiveResource(
            folder=str(settings.archive),
            bucket=settings.bucket,
            prefix=settings.bucket_prefix,
            s3=S3Resource(endpoint_url=settings.s3_endpoint, region_name=settings.s3_region),
        ),
        "dossier_files": DossierFilesResource(
            folder=str(settings.dossiers), address=settings.dossiers_url
        ),
        "source": SourceResource(location=settings.source),
        "learned_mask": LearnedMaskResource(name=settings.learned_mask),
        "receivers": ReceiversResource(
            file=None if settings.notify is None else str(settings.notify)
        ),
    }
