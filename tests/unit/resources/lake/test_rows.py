"""Typed rows are those of the schema, column by column."""

import pytest
from places import ROOT
from typed_rows import typed_rows

from resources.lake.schema.tables import TABLES

MODULE = ROOT / "resources/lake/rows.py"


def test_typed_rows_are_those_of_the_schema(request: pytest.FixtureRequest) -> None:
    expected = typed_rows(TABLES.values())
    if request.config.getoption("--write-docs"):
        MODULE.write_text(expected)
    assert MODULE.read_text() == expected, "run this test once with --write-docs"
