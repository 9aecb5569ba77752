"""The command `sitewatch sql`: a question to the lake, and its answer on the screen."""

from __future__ import annotations

from pathlib import Path

import duckdb
from rich.console import Console

from pipelines.session.lakes import lake_for, show_credit
from pipelines.session.screen import show_rows
from resources.errors import SettingsError
from resources.lake.questions.witness_credit import OWN_SERIES, own_series_extent
from resources.settings import load_settings


def show_answer(console: Console, question: str, *, data: Path | None) -> None:
    """One question and its answer.

    Raises:
        SettingsError: there is no lake yet, or the question is no SQL that it can answer.
    """
    lake = lake_for(question, load_settings(data=data))
    try:
        rows = lake.query(question)
        with lake.reading() as connection:
            own = own_series_extent(connection, question)
    except duckdb.Error as problem:
        raise SettingsError(f"The lake cannot answer this question. {problem}") from problem
    show_rows(console, rows)
    if own != "none":
        console.print(OWN_SERIES, style="dim", markup=False)
    if own != "all":
        show_credit(console, lake)
