"""The page of the architecture is true: lines, paths, folders, and the month that is followed."""

import re

import pytest
from architecture_page import (
    LISTED,
    PAGE,
    definition_lines,
    folder_lines,
    line_links,
    section_of,
    with_lines,
)
from places import ROOT

MONTH = "One site-month, from the catalogue to its alert"
MOST_FILES = 15
MOST_LINES = 250
WRITE = "run this file with -n0 --write-docs"


@pytest.fixture(scope="module")
def page(request: pytest.FixtureRequest) -> str:
    if request.config.getoption("--write-docs"):
        PAGE.write_text(with_lines(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return PAGE.read_text(encoding="utf-8")


def test_every_line_is_that_of_the_name_beside_it(page: str) -> None:
    links = line_links(page)
    assert len(links) == len(re.findall(r"\.py:\d+", page)), "a line that no link to it goes with"
    for link in links:
        assert (link.path, link.line) == (link.target, link.target_line)
        assert definition_lines(link.path).get(link.name) == link.line, f"{link}; {WRITE}"


def test_a_line_that_is_wrong_is_set_right_and_a_name_that_is_gone_is_told(page: str) -> None:
    link = line_links(page)[0]
    wrong = page.replace(f"{link.path}:{link.line}`", f"{link.path}:99999`")
    assert wrong != page
    assert with_lines(wrong) == page
    with pytest.raises(KeyError, match="no_such_name"):
        with_lines(page.replace(f"`{link.name}`", "`no_such_name`"))


def test_the_list_of_folders_is_that_of_the_folders(page: str) -> None:
    listed = LISTED.search(page)
    assert listed is not None
    assert listed[2] == folder_lines(), WRITE


def test_one_month_is_followed_through_few_files(page: str) -> None:
    month = section_of(page, MONTH)
    files = set(re.findall(r"(?:\.\./)?([\w/]+\.py)\b", month))
    stages = {path.split("/")[1] for path in files if path.startswith("assets/")}
    assert stages == {"scenes", "clouds", "activity", "anomalies"}
    assert len(files) <= MOST_FILES
    steps = re.findall(r"^(\d+)\. \[", month, re.MULTILINE)
    assert [int(step) for step in steps] == list(range(1, len(line_links(month)) + 1))


def test_every_folder_and_file_that_is_named_is_there(page: str) -> None:
    named = re.findall(r"`([\w.]+/[\w./]*)`", page) + re.findall(r"\]\(([^)#]+)", page)
    missing = [one for one in named if not any((at / one).exists() for at in (ROOT, PAGE.parent))]
    assert missing == []


def test_the_page_is_read_in_ten_minutes(page: str) -> None:
    assert len(page.splitlines()) <= MOST_LINES
