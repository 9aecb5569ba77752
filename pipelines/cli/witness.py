"""The command `sitewatch witness`: series of the user's own into the lake, tested at once.

What a file may hold is in `witness_csv.file`, the test in `assets.anomalies.witnesses`; here they
are brought together, and told on the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

from assets.anomalies.witnesses import judge_witnesses
from pipelines.session.lakes import existing_lake
from pipelines.session.screen import show_rows
from resources.clock import utc_now
from resources.errors import WitnessError
from resources.lake.lake import Lake
from resources.lake.questions.witness_reads import (
    StoredWitness,
    listed_witnesses,
    stored_witnesses,
    witness_alarms,
)
from resources.lake.rows import WitnessAlarmRow, WitnessRow, WitnessValueRow
from resources.lake.witnesses import WitnessChange, WitnessesChanged
from resources.models import Site
from resources.settings import load_settings
from resources.watchlist.messages import described_value
from resources.witness_csv.file import WitnessFile, read_witness

LONGEST: Final = {"--name": 80, "--unit": 40, "--source": 500}  # characters
TRIES: Final = 10  # tests that others may make worthless, one after the other
NAMED: Final = 20  # sites, zones or columns that a message names
COLUMNS: Final = ("name", "zone_id", "unit", "source", "sha256")
"""Columns of `witnesses` that come with a file."""


@dataclass(frozen=True, slots=True)
class WitnessDescription:
    """What the user says of a series: of which site and zone, its name, unit and source."""

    site_id: str
    zone_id: str | None
    name: str
    unit: str
    source: str | None = None


def run_witness_add(
    console: Console, path: Path, told: WitnessDescription, *, data: Path | None
) -> None:
    """Take a file in, or replace the series of this name, and tell what the test says."""
    lake = _open_lake(data)
    file = add_witness(lake, path, told)
    first, last = file.looks[0].counted_on, file.looks[-1].counted_on
    said = f"{len(file.looks)} values of {told.site_id}, {first} to {last}, SHA-256 {file.sha256}"
    _print_line(console, f"{told.name}: {said}")
    if file.ignored:
        _print_line(console, f"Columns that were not read: {_listed_names(file.ignored)}")
    _show_state(console, lake, told.site_id, told.name)


def show_witnesses(console: Console, site_id: str | None, *, data: Path | None) -> None:
    """What witnesses there are, and how each stands."""
    lake = _open_lake(data)
    if site_id is not None:
        _known_site(lake, site_id)
    show_rows(console, listed_witnesses(lake, site_id))


def run_witness_remove(console: Console, site_id: str, name: str, *, data: Path | None) -> None:
    """Take a series and its alarms out, and test the others anew: they share a rate."""
    lake = _open_lake(data)
    remove_witness(lake, site_id, name)
    _print_line(console, f"{name} of {site_id} is removed.")


def add_witness(lake: Lake, path: Path, told: WitnessDescription) -> WitnessFile:
    """Have a site's witness of this name be what a file says, and test all of its witnesses.

    Raises:
        WitnessError: the file, the site, the zone or a text cannot be used; nothing is changed.
    """
    _check_texts(told)
    site = _known_site(lake, told.site_id)
    if told.zone_id is not None:
        _check_zone(site, told.zone_id)
    file = read_witness(path, today=utc_now().date())
    row: WitnessRow = {
        "site_id": told.site_id,
        "name": told.name,
        "zone_id": told.zone_id,
        "unit": told.unit,
        "source": told.source,
        "sha256": file.sha256,
        "added_at": utc_now(),
    }
    looks: list[WitnessValueRow] = [
        {
            "counted_on": look.counted_on,
            "value": look.value,
            "cells": look.cells,
            "cells_valid": look.cells_valid,
            "share_seen": look.share_seen,
            "error": look.error,
        }
        for look in file.looks
    ]
    _replace_witness(lake, site, told.name, StoredWitness(row, looks))
    return file


def remove_witness(lake: Lake, site_id: str, name: str) -> None:
    """Take a witness out, and test the site's others anew.

    Raises:
        WitnessError: there is no such site or witness.
    """
    site = _known_site(lake, site_id)
    known = [str(one["name"]) for one in listed_witnesses(lake, site_id)]
    if name not in known:
        raise WitnessError(
            f"--name: expected a witness of {site_id} ({_listed_names(known)}), found "
            f"{described_value(name)}; "
            "`sitewatch witness list` shows them."
        )
    _replace_witness(lake, site, name, None)


def _replace_witness(lake: Lake, site: Site, name: str, fresh: StoredWitness | None) -> None:
    """Put a witness in place of the one of its name, or none, with the test of all."""
    for attempt in range(1, TRIES + 1):
        stored = stored_witnesses(lake, site.site_id)
        others = [one for one in stored if one.row["name"] != name]
        own = [] if fresh is None else [_as_added(fresh, stored)]
        results = judge_witnesses([*others, *own], site.false_alarms_per_year)
        rows = [one.row for one in own]
        looks = [look for one in own for look in one.looks]
        try:
            lake.change_witness(site.site_id, WitnessChange(name, rows, looks), results)
        except WitnessesChanged:
            if attempt == TRIES:
                raise
        else:
            return


def _as_added(fresh: StoredWitness, stored: Sequence[StoredWitness]) -> StoredWitness:
    """A witness with the moment since when the lake has had it so, if it has."""
    for one in stored:
        if all(one.row[name] == fresh.row[name] for name in COLUMNS):
            return StoredWitness({**fresh.row, "added_at": one.row["added_at"]}, fresh.looks)
    return fresh


def _open_lake(data: Path | None) -> Lake:
    """The lake of a data folder, with the tables of this program."""
    lake = existing_lake(load_settings(data=data))
    lake.ensure()
    return lake


def _known_site(lake: Lake, site_id: str) -> Site:
    """A site of the lake, watched or not; whether it has scenes does not matter."""
    sites = {one.site.site_id: one.site for one in lake.sites()}
    if site_id not in sites:
        raise WitnessError(
            f"--site: expected a site of the lake ({_listed_names(sorted(sites))}), found "
            f"{described_value(site_id)}; name one of those, or put it on the watch list and "
            f"run it."
        )
    return sites[site_id]


def _check_zone(site: Site, zone_id: str) -> None:
    """Refuse a zone that the site has not."""
    known = [zone.zone_id for zone in site.zones]
    if zone_id not in known:
        raise WitnessError(
            f"--zone: expected a zone of {site.site_id} ({_listed_names(known)}), found "
            f"{described_value(zone_id)}; name one of those, or leave --zone out for the whole "
            f"site."
        )


def _check_texts(told: WitnessDescription) -> None:
    """Refuse texts that are empty, too long or not printable."""
    texts = {"--name": told.name, "--unit": told.unit, "--source": told.source}
    for option, text in texts.items():
        longest = LONGEST[option]
        if text is None:
            continue
        if (
            not text.strip()
            or text != text.strip()
            or len(text) > longest
            or not text.isprintable()
        ):
            raise WitnessError(
                f"{option}: expected 1 to {longest} printable characters without blanks at either "
                f"end, found {described_value(text)}; write it otherwise."
            )


def _show_state(console: Console, lake: Lake, site_id: str, name: str) -> None:
    """Whether a witness is tested, and its alarms."""
    (row,) = [one for one in listed_witnesses(lake, site_id) if one["name"] == name]
    if row["state"] == "learning":
        _print_line(
            console, f"Still learning: {row['looks_missing']} values are missing until tested."
        )
    alarms = [one for one in witness_alarms(lake, site_id) if one["name"] == name]
    show_rows(console, [_shown_alarm_columns(one) for one in alarms], title="Alarms")


def _print_line(console: Console, line: str) -> None:
    """A line that holds the user's own words."""
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def _shown_alarm_columns(row: WitnessAlarmRow) -> WitnessAlarmRow:
    """What the screen shows of an alarm."""
    return {
        "direction": row["direction"],
        "opened_on": row["opened_on"],
        "last_on": row["last_on"],
        "looks": row["looks"],
        "summary": row["summary"],
    }


def _listed_names(names: Sequence[str]) -> str:
    """Some names, or how many more there are."""
    if not names:
        return "none yet"
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(described_value(name)[1:-1] for name in names[:NAMED]) + more
