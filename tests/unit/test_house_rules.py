"""What keeps the product easy to find one's way in, counted as `python -m bench.house` counts."""

import pytest
from places import ROOT

from bench.house import imports, names, rows, sizes, sql
from bench.house.sources import Source, read_sources


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    return read_sources(ROOT)


def test_no_two_classes_share_a_name(sources: list[Source]) -> None:
    assert names.shared_class_names(sources) == {}


def test_names_at_the_top_of_a_module_say_what_they_are(sources: list[Source]) -> None:
    share = names.one_word_names(sources)
    assert share is not None
    assert 0 < share < 0.1


def test_a_folder_can_be_seen_at_a_glance(sources: list[Source]) -> None:
    assert sizes.fullest_folder(sources)[1] <= 16


def test_nothing_imports_in_circles(sources: list[Source]) -> None:
    assert imports.import_cycles(sources) == []
    assert imports.folder_cycles(sources) == []


def test_sql_stands_in_the_lakes_room_and_rows_have_one_definition(sources: list[Source]) -> None:
    assert sql.sql_outside_lake(sources) == {}
    assert rows.row_definitions(sources) == ["resources/lake/rows.py: Row"]
