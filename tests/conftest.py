"""What every test may ask for: the real scenes and answers beside the project."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"
LONGEST = (
    "stretch",
    "romania",
    "killed-and-read",
    "test_command.py",
    "test_lake_concurrency.py",
    "test_fetch.py",
    "test_rasters_fast.py",
    "test_bench_fetch.py",
    "test_source_servers.py",
    "test_sensors.py",
    "notify",
    "test_definitions.py",
    "test_offsets_real.py",
    "test_simulated_archive.py",
)
"""Groups that take longest, the longest first: begun last, one would end with a worker idle."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest -n0 FILE --write-docs` lets a test that keeps a page write it anew."""
    parser.addoption("--write-docs", action="store_true", help="write pages that tests keep anew")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file in one worker, so that its fixtures are made once.

    Files that share the runs on real scenes name one group of their own. Workers take the groups
    in the order given here (`--no-loadscope-reorder`; else those of most tests would come first).
    """
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.name))
    places = {group: place for place, group in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(_group(item), len(places)))


def _group(item: pytest.Item) -> str:
    """Name of the group of a test."""
    marker = item.get_closest_marker("xdist_group")
    assert marker is not None
    return str(marker.args[0])


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real scenes and recorded answers; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared with real scenes and recorded answers, which is not here")
    return SHARED
