"""What every test may ask for: the real scenes and answers beside the project."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real scenes and recorded answers; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared with real scenes and recorded answers, which is not here")
    return SHARED
