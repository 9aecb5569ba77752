"""Hashes of what a stage read and made, and which site-months must be worked again.

Pure: a stage that ran before its history is found here by comparing hashes, whatever the order
in which months came in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from assets.partitions import HISTORY_MONTHS
from resources.lake.questions.stage_reads import StageMonth
from resources.months import Month

SCENES: Final = "scenes"
CLOUD_MASKS: Final = "cloud_masks"
ACTIVITY: Final = "activity"
ANOMALIES: Final = "anomalies"
READS: Final[dict[str, tuple[str, ...]]] = {
    SCENES: (),
    CLOUD_MASKS: (SCENES,),
    ACTIVITY: (SCENES, CLOUD_MASKS),
}
"""Stages cut by month, each with the stages that it reads, of its month and those before."""


class StageKey(NamedTuple):
    """A stage of a month."""

    stage: str
    month: Month


Outputs = Mapping[StageKey, str]


def values_fingerprint(*parts: object) -> str:
    """Hash of numbers, texts and nested lists; the same in every process."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def rows_fingerprint(rows: Iterable[Mapping[str, object]], leave: Sequence[str] = ()) -> str:
    """Hash of rows in any order, without the columns named in `leave`."""
    texts = sorted(
        json.dumps({k: v for k, v in row.items() if k not in leave}, sort_keys=True, default=str)
        for row in rows
    )
    return values_fingerprint(texts)


def inputs_fingerprint(
    stage: str, month: Month, *, outputs: Outputs, config_hash: str, version: str
) -> str:
    """Hash of all that a stage reads for a month: configuration, method and earlier stages."""
    window = [month.plus(-back) for back in range(HISTORY_MONTHS, -1, -1)]
    read = [
        (earlier, str(at), outputs[key])
        for earlier in READS[stage]
        for at in window
        if (key := StageKey(earlier, at)) in outputs
    ]
    return values_fingerprint(stage, config_hash, version, read)


def current_outputs(done: Sequence[StageMonth], *, config_hash: str) -> dict[StageKey, str]:
    """Output hash of every stage and month that still stands.

    An output does not stand, and is not read, if its inputs have changed since (an edited zone,
    later scenes). Once it is made again, the stages that read it are due.
    """
    found: dict[StageKey, str] = {}
    for stage in READS:  # in order: each stage stands on those before it
        found |= {
            StageKey(stage, row.month): row.outputs_hash
            for row in done
            if row.stage == stage
            and row.inputs_hash
            == inputs_fingerprint(
                stage,
                row.month,
                outputs=found,
                config_hash=config_hash,
                version=row.method_version,
            )
        }
    return found


def due_months(
    done: Sequence[StageMonth], *, config_hash: str, versions: Mapping[str, str]
) -> list[Month]:
    """Months that were worked but would come out differently now, in order.

    Args:
        done: what was worked, of one site.
        config_hash: the site's configuration as it is.
        versions: method version of each stage.

    Returns:
        Months of which a stage is missing, does not stand, or was made by another version.
    """
    upright = current_outputs(done, config_hash=config_hash)
    newest = {
        StageKey(row.stage, row.month)
        for row in done
        if row.stage in READS and row.method_version == versions[row.stage]
    }
    months = sorted({row.month for row in done if row.stage in READS})
    return [
        month
        for month in months
        if any(
            StageKey(stage, month) not in upright or StageKey(stage, month) not in newest
            for stage in READS
        )
    ]


def anomalies_fingerprint(done: Iterable[StageMonth], *, version: str) -> str:
    """Hash of all that the alerts of a site are drawn from."""
    read = sorted((str(row.month), row.outputs_hash) for row in done if row.stage == ACTIVITY)
    return values_fingerprint(ANOMALIES, version, read)


def are_anomalies_due(done: Sequence[StageMonth], *, version: str) -> bool:
    """Whether a site has activity that its alerts were not yet drawn from."""
    if not any(row.stage == ACTIVITY for row in done):
        return False
    known = [row.inputs_hash for row in done if row.stage == ANOMALIES]
    return known != [anomalies_fingerprint(done, version=version)]
