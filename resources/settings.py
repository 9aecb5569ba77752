"""What an operator configures, from the environment. No other module reads it.

Every name begins with SITEWATCH_; secrets for S3 are left to AWS's own variables and profiles.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from resources.errors import SettingsError

HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}(?::\d{1,5})?")
LOOPBACK = re.compile(r"(?:127\.0\.0\.1|localhost):\d{1,5}")
"""A server on this machine; its port must be told."""
PASSWORD = re.compile(r"password\s*=|://[^/?#]*:[^/?#]*@", re.IGNORECASE)
"""In the words of a PostgreSQL connection, or in its address."""
PAGES = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[A-Za-z0-9._~/-]*)?")
LEARNED_MASKS = ("ukis-csmask",)
"""Learned cloud masks that an operator may turn on; each is a package of its own."""
YES_OR_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are.

    Attributes:
        data: folder of lake, archive and Dagster's home (SITEWATCH_DATA, default `data`).
        sites: watch list, a file or folder (SITEWATCH_SITES, default `sites`).
        source: STAC API or folder to read from (SITEWATCH_SOURCE, default Earth Search).
        bucket: S3 bucket for the archive instead of a folder (SITEWATCH_ARCHIVE_BUCKET).
        bucket_prefix: folder in that bucket (SITEWATCH_ARCHIVE_PREFIX).
        s3_endpoint: of an S3 server that is not Amazon's (SITEWATCH_S3_ENDPOINT).
        s3_region: its region (SITEWATCH_S3_REGION).
        lake_catalog: DuckLake catalogue instead of the embedded one (SITEWATCH_LAKE_CATALOG).
        lake_files: its Parquet files (SITEWATCH_LAKE_FILES).
        learned_mask: a learned cloud mask to ask as well (SITEWATCH_LEARNED_MASK).
        notify: file that names who is told of alerts (SITEWATCH_NOTIFY); None: nobody.
        dossiers_url: address under which the folder of dossiers can be read, without a slash at
            the end (SITEWATCH_DOSSIERS_URL); None: by its path.
    """

    data: Path
    sites: Path
    source: str | None = None
    bucket: str | None = None
    bucket_prefix: str = "sitewatch"
    s3_endpoint: str | None = None
    s3_region: str | None = None
    lake_catalog: str | None = None
    lake_files: str | None = None
    learned_mask: str | None = None
    notify: Path | None = None
    dossiers_url: str | None = None

    @property
    def catalog(self) -> str:
        """DuckLake catalogue: a SQLite file under the data folder unless configured."""
        return self.lake_catalog or str(self.data / "lake" / "catalog.sqlite")

    @property
    def files(self) -> str:
        """Folder or bucket of the lake's Parquet files."""
        return self.lake_files or str(self.data / "lake" / "files")

    @property
    def archive(self) -> Path:
        """Folder of chips and masks, where no bucket is configured."""
        return self.data / "archive"

    @property
    def dossiers(self) -> Path:
        """Folder of pages for readers."""
        return self.data / "dossiers"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own storage."""
        return self.data / "dagster"


@dataclass(frozen=True, slots=True)
class SourceAccess:
    """What sources of scenes may read besides their own, and with which keys.

    Attributes:
        asset_hosts: further hosts that a STAC API's pixels may be on (SITEWATCH_ASSET_HOSTS,
            separated by commas; `name:port` where the port is not 443, and for a server on this
            machine, which only a STAC API on this machine may send to).
        is_requester_paid: whether buckets may be read in which the reader pays
            (SITEWATCH_REQUESTER_PAYS, yes or no).
        cdse_key_id: S3 key of the Copernicus Data Space (SITEWATCH_CDSE_KEY_ID).
        cdse_secret: its secret (SITEWATCH_CDSE_SECRET).
        s3_endpoint: S3 server that catalogues in buckets are on, if not Amazon's
            (SITEWATCH_S3_ENDPOINT).
        s3_region: its region (SITEWATCH_S3_REGION).
    """

    asset_hosts: frozenset[str] = frozenset()
    is_requester_paid: bool = False
    cdse_key_id: str | None = field(default=None, repr=False)
    cdse_secret: str | None = field(default=None, repr=False)
    s3_endpoint: str | None = None
    s3_region: str | None = None


def load_source_access() -> SourceAccess:
    """What this process's environment lets sources read.

    Raises:
        SettingsError: a variable is set to something that cannot be used.
    """
    found = SourceAccess(
        asset_hosts=_variable_hosts("SITEWATCH_ASSET_HOSTS"),
        is_requester_paid=_variable_flag("SITEWATCH_REQUESTER_PAYS"),
        cdse_key_id=_variable_text("SITEWATCH_CDSE_KEY_ID"),
        cdse_secret=_variable_text("SITEWATCH_CDSE_SECRET"),
        s3_endpoint=_variable_text("SITEWATCH_S3_ENDPOINT"),
        s3_region=_variable_text("SITEWATCH_S3_REGION"),
    )
    if (found.cdse_key_id is None) != (found.cdse_secret is None):
        raise SettingsError(
            "SITEWATCH_CDSE_KEY_ID and SITEWATCH_CDSE_SECRET go together; set both or neither."
        )
    return found


def load_settings(*, data: Path | None = None, sites: Path | None = None) -> Settings:
    """Settings of this process; arguments win over the environment.

    Raises:
        SettingsError: a variable is set to something that cannot be used.
    """
    found = Settings(
        data=(data or Path(_variable_text("SITEWATCH_DATA") or "data")).expanduser().absolute(),
        sites=(sites or Path(_variable_text("SITEWATCH_SITES") or "sites")).expanduser().absolute(),
        source=_variable_text("SITEWATCH_SOURCE"),
        bucket=_variable_text("SITEWATCH_ARCHIVE_BUCKET"),
        bucket_prefix=_variable_text("SITEWATCH_ARCHIVE_PREFIX") or "sitewatch",
        s3_endpoint=_variable_text("SITEWATCH_S3_ENDPOINT"),
        s3_region=_variable_text("SITEWATCH_S3_REGION"),
        lake_catalog=_variable_text("SITEWATCH_LAKE_CATALOG"),
        lake_files=_variable_text("SITEWATCH_LAKE_FILES"),
        learned_mask=_variable_text("SITEWATCH_LEARNED_MASK"),
        notify=_variable_path("SITEWATCH_NOTIFY"),
        dossiers_url=_page_address("SITEWATCH_DOSSIERS_URL"),
    )
    if found.learned_mask not in (None, *LEARNED_MASKS):
        raise SettingsError(
            f"SITEWATCH_LEARNED_MASK must be one of {', '.join(LEARNED_MASKS)}, found "
            f"{found.learned_mask[:40]!r}; leave it unset to do without."
        )
    refuse_credentials(found.source or "")
    refuse_credentials(found.lake_files or "")
    if PASSWORD.search(found.lake_catalog or ""):
        raise SettingsError(
            "SITEWATCH_LAKE_CATALOG must hold no password, since Dagster keeps and shows it; take "
            "it out, and set PGPASSWORD or name a service file (PGSERVICEFILE, and service=...)."
        )
    if found.data.exists() and not found.data.is_dir():
        raise SettingsError(
            f"SITEWATCH_DATA must name a folder, found the file {found.data}; name another."
        )
    if (found.lake_catalog is None) != (found.lake_files is None):
        raise SettingsError(
            "SITEWATCH_LAKE_CATALOG and SITEWATCH_LAKE_FILES go together; set both or neither."
        )
    return found


def secret_named(name: str) -> str | None:
    """The secret that an operator keeps in a variable and names in a file; None if unset."""
    return _variable_text(name)


def refuse_credentials(location: str) -> None:
    """SettingsError, which does not repeat it, if an address holds what may be a key or password.

    Addresses are stored with sites and shown by Dagster. In those of buckets a key would stand
    before the first slash; in others no `@` is allowed anywhere, as passwords may hold slashes.
    """
    scheme, is_address, rest = location.partition("://")
    is_bucket = scheme.lower() == "s3"
    place = re.split(r"[/?#]", rest, maxsplit=1)[0] if is_bucket else rest
    if is_address and ("@" in place or (is_bucket and ":" in place)):
        raise SettingsError(
            f"An address must hold no user name, key or password, and one that begins with "
            f"{scheme[:10]}:// does; take it out, and set keys in the environment (see "
            "docs/sources.md)."
        )


def child_environment(settings: Settings) -> dict[str, str]:
    """This process's environment with the settings written out, for a process started from it."""
    pairs = {
        "SITEWATCH_DATA": str(settings.data),
        "SITEWATCH_SITES": str(settings.sites),
        "SITEWATCH_SOURCE": settings.source,
        "SITEWATCH_NOTIFY": str(settings.notify) if settings.notify else None,
        "SITEWATCH_DOSSIERS_URL": settings.dossiers_url,
        "DAGSTER_HOME": str(settings.dagster_home),
    }
    return {**os.environ, **{name: value for name, value in pairs.items() if value}}


def _variable_text(name: str) -> str | None:
    """A variable's text; None if unset or blank."""
    value = os.environ.get(name, "").strip()
    if "\0" in value or "\n" in value:
        raise SettingsError(f"{name} must be one line of text; set it anew.")
    return value or None


def _page_address(name: str) -> str | None:
    """A variable's address of web pages, without a slash at the end."""
    text = _variable_text(name)
    if text is not None and not PAGES.fullmatch(text):
        raise SettingsError(
            f"{name} must be an address like 'https://watch.example.org/dossiers', without user, "
            "password, question mark or blanks; write it anew."
        )
    return None if text is None else text.rstrip("/")


def _variable_path(name: str) -> Path | None:
    """A variable's file; None if unset."""
    text = _variable_text(name)
    return None if text is None else Path(text).expanduser().absolute()


def _variable_hosts(name: str) -> frozenset[str]:
    """A variable's host names, in lower case."""
    hosts = [
        part.strip().lower() for part in (_variable_text(name) or "").split(",") if part.strip()
    ]
    for host in hosts:
        if not (HOST.fullmatch(host) or LOOPBACK.fullmatch(host)):
            raise SettingsError(
                f"{name} must hold names of hosts separated by commas, like 'cogs.example.org', "
                f"found {host[:80]!r}; write the name alone, without scheme or path."
            )
    return frozenset(hosts)


def _variable_flag(name: str) -> bool:
    """A variable's yes or no; no if unset."""
    text = (_variable_text(name) or "no").lower()
    if text not in YES_OR_NO:
        raise SettingsError(f"{name} must be yes or no, found {text[:20]!r}.")
    return YES_OR_NO[text]
