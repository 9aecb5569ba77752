"""Commands that only ask the lake answer at once: they load none of what a watch takes."""

import subprocess
import sys

import pytest

HEAVY = ("dagster", "matplotlib", "rasterio", "scipy", "skimage")


@pytest.mark.parametrize(
    "module", ["pipelines.cli.main", "pipelines.cli.sql", "pipelines.cli.export"]
)
def test_a_command_that_only_asks_is_light_to_import(module: str) -> None:
    code = f"import sys, {module}; print(*(name for name in {HEAVY} if name in sys.modules))"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert found.stdout.split() == []
