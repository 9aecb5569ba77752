"""A lake that is there already, for commands that only ask it, and the credit due for its answers.

Light to import, so that these commands answer at once.
"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from resources.errors import SettingsError
from resources.lake.lake import Lake, LakeLocation
from resources.lake.questions.site_reads import lake_credits
from resources.settings import Settings


def existing_lake(settings: Settings) -> Lake:
    """The lake of a data folder, without making one.

    Raises:
        SettingsError: there is none yet.
    """
    if settings.lake_catalog is None and not Path(settings.catalog).exists():
        raise SettingsError(
            f"There is no lake under {settings.data} yet; run `sitewatch demo` or `sitewatch run`."
        )
    return Lake(LakeLocation(settings.catalog, settings.files))


def lake_for(question: str, settings: Settings) -> Lake:
    """The existing lake, ready for a question in SQL, also one of places.

    Raises:
        SettingsError: there is none yet.
    """
    lake = existing_lake(settings)
    if "st_" in question.lower():
        lake.add_extension("spatial")
    return lake


def show_credit(console: Console, lake: Lake) -> None:
    """The lines of attribution for what the lake holds: the project's own, and those of sources."""
    for line in lake_credits(lake):
        console.print(line, style="dim", markup=False)
