"""What every test may ask for: the real scenes and answers beside the project."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file in one worker, so that its fixtures are made once.

    Files that share the runs on real scenes name one group of their own.
    """
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.name))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real scenes and recorded answers; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared with real scenes and recorded answers, which is not here")
    return SHARED
