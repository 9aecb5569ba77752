"""The command `sitewatch dossiers`: pages for readers made anew from lake and archive."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from rich.console import Console

from assets.dossiers.writing import write_index, write_site_pages
from pipelines.session.lakes import existing_lake
from resources.archive.dossier_folder import INDEX, DossierFiles
from resources.errors import SitewatchError
from resources.settings import load_settings
from resources.wiring.dagster import ArchiveResource, build_resources


def write_dossiers(console: Console, sites: Sequence[str], *, data: Path | None) -> None:
    """Write the pages of some sites, all if none is named, and the index.

    Raises:
        SettingsError: there is no lake yet.
        SitewatchError: a site that the lake does not know.
    """
    settings = load_settings(data=data)
    lake = existing_lake(settings)
    lake.ensure()  # pages read views and columns that an older program did not make
    archive = cast("ArchiveResource", build_resources(settings)["archive"]).open()
    files = DossierFiles(settings.dossiers)
    known = [stored.site.site_id for stored in lake.sites()]
    strange = sorted(set(sites) - set(known))
    if strange:
        raise SitewatchError(
            f"Expected sites of the lake ({', '.join(known) or 'none yet'}), found "
            f"{', '.join(strange)}; `sitewatch status` lists them."
        )
    for site_id in sites or known:
        written = write_site_pages(lake, archive, files, site_id, is_forced=True)
        console.print(f"{site_id}: {len(written.pages)} pages", markup=False, highlight=False)
    write_index(lake, files)
    console.print(f"Open {files.path(INDEX)}", markup=False, highlight=False, soft_wrap=True)
