"""Question and script of docs/analyst.md, as they stand there, and a row recomputed by them.

The script knows nothing of the project: it has rasterio, numpy and files of the archive.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from resources.lake.rows import Row

PAGE: Final = Path(__file__).parents[2] / "docs" / "analyst.md"
HEADING: Final = "## A value from its pixels"

Script: TypeAlias = Callable[..., dict[str, float]]


def question() -> str:
    """The question in SQL that a script's arguments come from."""
    (found,) = blocks("sql")
    return found


def script() -> Script:
    """`values` as the page has it."""
    names: dict[str, Any] = {}
    text = "\n\n".join(blocks("python"))
    exec(compile(text, str(PAGE), "exec"), names)  # noqa: S102 - the text is our own page
    found: Script = names["values"]
    return found


def recomputed(row: Row, archive: Path, values: Script) -> dict[str, float]:
    """The values of a row of the question, by index.

    Args:
        row: of the question.
        archive: folder that the keys of the row are in.
        values: the script.

    Returns:
        The indices that the row tells; NaN where the script sees no pixel.
    """
    site_id = row["chip_uris"][0].split("/")[0]
    (mask,) = (archive / site_id / "masks" / row["acquisition_id"]).glob("mask-*.tif")
    found = values(
        chips=[archive / key for key in row["chip_uris"]],
        mask=mask,
        zone=json.loads(row["zone"]),
        offset_dn=row["offset_dn"],
        east_px=row["east_px"],
        south_px=row["south_px"],
    )
    return {
        name: float(np.ma.filled(value, np.nan))
        for name, value in found.items()
        if name in row["told"]
    }


def blocks(language: str) -> list[str]:
    """The blocks of the section in a language, in order."""
    section = PAGE.read_text(encoding="utf-8").split(HEADING)[1].split("\n## ")[0]
    return [str(one) for one in re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)]
