"""Figures of rows, SQL and docstrings of the product, each over a few made-up files."""

from collections.abc import Mapping
from textwrap import dedent

import pytest

from bench.house import docstrings, rows, sql
from bench.house.sources import Source, parsed

SCHEMA = 'TABLE = columns_of("""\n    site_id VARCHAR: whose; no unit\n    z DOUBLE: errors\n""")\n'


def tree(files: Mapping[str, str]) -> list[Source]:
    return [parsed(path, dedent(text)) for path, text in files.items()]


def one(text: str, path: str = "assets/a.py") -> list[Source]:
    return tree({path: text})


ROWS = """\
    from typing import Any, TypedDict
    Row = dict[str, Any]
    Json = dict[str, Any]
    class SceneRow(TypedDict):
        site_id: str
    def looks() -> list[SceneRow]: ...
"""


def test_rows_are_untyped_where_an_annotation_says_so() -> None:
    text = """\
        def plain(row: Row, rows: "Sequence[Row]", n: int) -> dict[str, object]: ...
        def typed(row: SceneRow, told: Json) -> dict[str, int]: ...
    """
    files = {"resources/rows.py": ROWS + "    def low(row: Row): ...\n", "assets/a.py": text}
    assert rows.untyped_rows(tree(files)) == {"assets/a.py: plain": 3}
    assert rows.untyped_rows(tree(files), spelt=False) == {"assets/a.py: plain": 2}
    assert rows.row_definitions(tree(files)) == ["resources/rows.py: Row"]


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("def f(row: Row): return row['z'], row['none'], row[0]", 1),
        ("def f(row: SceneRow): return row['z']", 0),
        ("def f(rows: list[Row]): return [row['z'] for row in sorted(rows)]", 1),
        ("def f(rows: list[SceneRow]): return [row['z'] for row in sorted(rows)]", 0),
        ("def f(rows: list[Row]): rows.sort(key=lambda row: row['z'])", 1),
        ("def f():\n    for row in looks(): print(row['site_id'])", 0),
        ("def f(lake):\n    found = lake.asked()[0]\n    return found['site_id']", 1),
        ("def f(case: Case): return case.alert['z'], case.scene['z']", 1),
        ("def f(told: dict[str, float]): return told['z']", 0),
        ("def f(told): return told['z']", 0),
    ],
)
def test_accesses_by_column_count_where_the_row_is_untyped(body: str, count: int) -> None:
    case = (
        "class Case:\n    alert: Row\n    scene: SceneRow\n    def asked(self) -> list[Row]: ...\n"
    )
    files = {"resources/rows.py": ROWS, "resources/schema.py": SCHEMA, "assets/a.py": body}
    files["assets/case.py"] = case
    assert sum(rows.untyped_column_accesses(tree(files)).values()) == count


@pytest.mark.parametrize(
    ("text", "is_sql"),
    [
        ('x = "SELECT 1"', True),
        ('x = f"  (SELECT {1})"', True),
        ('x = f"{1} FROM a WHERE {2}"', True),
        ('x = f"a FROM {1} WHERE b"', True),
        ('"""SELECT is explained here."""', False),
        ('A = 1\n"""SELECT of A."""', False),
        ('x = "Select a site"', False),
        ('x = "SELECTED"', False),
        ('x = "BEGIN"', True),
        ('x = "FROM"', False),
    ],
)
def test_sql_is_told_from_docstrings_and_words(text: str, is_sql: bool) -> None:  # noqa: FBT001
    assert bool(sql.sql_outside_lake(one(text))) is is_sql


def test_sql_may_stand_in_the_room_of_the_lake() -> None:
    room = ["resources/lake/reads.py", "resources/lake_reads.py", "resources/dossier_reads.py"]
    found = tree(dict.fromkeys([*room, "resources/lakeside.py"], 'x = "SELECT 1"'))
    assert sql.sql_outside_lake(found) == {"resources/lakeside.py": 1}


DOCSTRINGS = '''\
def told():
    """What.

    Raises:
        ValueError: it is not.

    Source:
        Tucker 1979
    """
class Thing:
    def untold(self):
        """What.

        Args:
            self: doi is no DOI of it, et al is none.
        """
    def _private(self):
        """Args: no section.

        Args:
            self: it.
        """
def short():
    """What, raised by nothing."""
'''


def test_docstrings_of_pure_science_name_errors_and_sources() -> None:
    text = DOCSTRINGS
    files = {"assets/a.py": text, "assets/b.py": "import duckdb\n" + text, "resources/c.py": text}
    files["assets/d.py"] = "from resources.lake.reads import rows\n" + text
    told = {one.key: one.value for one in docstrings.figures(tree(files))}
    assert told["docstrings_error"] == 0.5
    assert (told["docstrings_error_product"], len(docstrings.long_docstrings(tree(files)))) == (
        0.5,
        8,
    )
