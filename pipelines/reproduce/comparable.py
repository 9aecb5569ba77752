"""Whether stored rows of a site can be held against recomputed ones at all, and whole chips.

A lake that is behind its own history, or was made by another method, would differ for a reason
that says nothing of the scenes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from assets.anomalies.alerts.versions import METHOD_VERSION as ALERTS_VERSION
from assets.anomalies.course.assess import METHOD_VERSION as COURSE_VERSION
from assets.detectability.curve import METHOD_VERSION as DETECTABILITY_VERSION
from pipelines.automation import due
from pipelines.reproduce.recompute import OriginalSite
from resources.archive.store import Archive
from resources.errors import ArchiveError, SitewatchError
from resources.lake.questions.site_reads import method_versions
from resources.lake.rows import Row
from resources.lake.schema.tables import ALERTS, ASSESSMENTS, DETECTABILITY, SITE_TESTS

MADE_BY = {
    DETECTABILITY.name: DETECTABILITY_VERSION,
    ALERTS.name: ALERTS_VERSION,
    SITE_TESTS.name: ALERTS_VERSION,
    ASSESSMENTS.name: COURSE_VERSION,
}
"""Version of the program's method, for tables that belong to no month."""


class NotComparable(SitewatchError):
    """What the lake holds of a site cannot be recomputed with this program, or not yet."""


@dataclass(frozen=True, slots=True)
class ChipCheck:
    """Files of chips that the lake names: how many are as recorded, and the keys of the others."""

    as_recorded: int
    missing: tuple[str, ...]
    other: tuple[str, ...]


def check_comparable(original: OriginalSite) -> None:
    """Refuse a site that another method made, or whose months or alerts are due.

    Raises:
        NotComparable: says which, and what to do.
    """
    site_id, done = original.site_id, original.done()
    if not original.spans():
        raise NotComparable(f"The lake holds no activity of {site_id} yet; run `sitewatch run`.")
    _check_versions(original)
    config = original.stored.config_hash
    behind = due.stale_range(site_id, done, config_hash=config)
    if behind is not None:
        raise NotComparable(
            f"Months {behind.first} to {behind.last} of {site_id} are due to be made again, from "
            "scenes or a configuration that came later; let the watch catch up (`sitewatch status` "
            "shows it), then reproduce."
        )
    asked = original.stored.site.false_alarms_per_year
    if due.are_alerts_due(done, config_hash=config, asked=asked):
        raise NotComparable(
            f"The alerts of {site_id} were not yet drawn from its newest activity; let the watch "
            "catch up, then reproduce."
        )


def check_chips(archive: Archive, scenes: Sequence[Row]) -> ChipCheck:
    """Hold every chip that rows of scenes name against the checksum recorded there."""
    as_recorded, missing, other = 0, [], []
    for row in scenes:
        for key, digest in zip(row["chip_uris"], row["chip_sha256s"], strict=True):
            try:
                data = archive.get(key)
            except ArchiveError:
                missing.append(str(key))
                continue
            if hashlib.sha256(data).hexdigest() == digest:
                as_recorded += 1
            else:
                other.append(str(key))
    return ChipCheck(as_recorded, tuple(missing), tuple(other))


def _check_versions(original: OriginalSite) -> None:
    """Refuse rows that another version of a method made."""
    strange = {
        f"{row.stage} of {row.month} with version {row.method_version} (now {version})"
        for row in original.done()
        if (version := due.VERSIONS.get(row.stage)) and row.method_version != version
    }
    for table, version in MADE_BY.items():
        strange |= {
            f"{table} with version {made_by} (now {version})"
            for made_by in method_versions(original.lake, table, original.site_id)
            if made_by != version
        }
    if strange:
        shown = sorted(strange)
        more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""  # noqa: PLR2004 - shown
        raise NotComparable(
            f"What the lake holds of {original.site_id} was made by other versions of the method "
            f"and cannot be compared: {'; '.join(shown[:3])}{more}. Reproduce it with the release "
            "that made it, or run its months again with this one."
        )
