"""The yardstick for reading windows, once through at the smallest size."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT

BEGINS = "<!-- begins: python -m bench.fetch --docs -->"
ENDS = "<!-- ends: python -m bench.fetch --docs -->"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with what the command wrote: sitewatch and rasterio, one round a case."""
    folder = tmp_path_factory.mktemp("bench")
    (folder / "docs.md").write_text(f"before\n{BEGINS}\nold\n{ENDS}\nafter\n")
    command = [
        *(sys.executable, "-m", "bench.fetch", "--cache", str(folder)),
        *("--rounds", "1", "--dates", "1", "--edge", "1024"),
        *("--only", "sitewatch", "--only", "rasterio"),
        *("--json", str(folder / "found.json"), "--docs", str(folder / "docs.md")),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_sitewatch_reads_the_same_pixels_as_the_file_has_with_fewer_bytes(written: Path) -> None:
    cases = json.loads((written / "found.json").read_text())["cases"]
    assert len(cases) == 5
    for case in cases:
        ours, theirs = case["readers"]["sitewatch"], case["readers"]["rasterio"]
        assert ours["is_identical"]
        assert theirs["is_identical"]
        assert case["leading"]["sent_bytes"] <= ours["sent_bytes"]
        if not case["case"]["is_known"]:  # GDAL keeps a scene this small
            assert ours["sent_bytes"] < theirs["sent_bytes"]


def test_the_server_waits_and_holds_the_link(written: Path) -> None:
    for case in json.loads((written / "found.json").read_text())["cases"]:
        held = case["case"]["bytes_per_second"]
        for reader in case["readers"].values():
            if reader["requests"]:
                transfer_s = 0.95 * reader["sent_bytes"] / held if held else 0
                assert reader["wall_s"] > 0.03 + transfer_s


def test_the_table_stands_between_its_marks_and_names_who_is_missing(written: Path) -> None:
    text = (written / "docs.md").read_text()
    assert text.startswith("before\n<!-- begins")
    assert text.endswith("-->\nafter\n")
    assert "old" not in text
    assert text.count("| **sitewatch** |") == 5
    assert text.count("| async-geotiff") == 5
    assert text.count("\nTarget: ") == 5
