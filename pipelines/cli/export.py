"""The command `sitewatch export`: an answer of the lake as a file, or a project for QGIS.

Where the answer comes from and how files look is in `resources`; here they are brought together.
"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from pipelines.session.lakes import lake_for
from resources.errors import ExportError
from resources.exports.files import write_answer
from resources.lake.questions.answers import open_answer
from resources.settings import load_settings


def run_export(
    console: Console, question: str | None, *, to: Path | None, qgis: Path | None, data: Path | None
) -> None:
    """Write the answer to a question to a file, or zones and residuals as a project.

    Raises:
        ExportError: it is not told what to write, or where to.
        LakeError: the question cannot be answered.
    """
    settings = load_settings(data=data)
    if qgis is not None and question is None and to is None:
        from pipelines.cli.qgis import write_project

        for line in write_project(settings, qgis.expanduser().absolute()):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        return
    if question is None or to is None or qgis is not None:
        raise ExportError(
            'Say what and where to: sitewatch export TABLE --to FILE, or "SELECT ..." --to FILE, '
            "or --qgis FOLDER alone."
        )
    with open_answer(lake_for(question, settings), question) as answer:
        files = write_answer(answer, to.expanduser().absolute())
        names = ", ".join(str(file) for file in files)
        console.print(f"{answer.rows} rows in {names}", markup=False, soft_wrap=True)
        for line in answer.credits:
            console.print(line, style="dim", markup=False, soft_wrap=True)
