"""Pages name files that are there: from the root, or plainly in a folder named before."""

import re
from pathlib import Path

import pytest
from places import ROOT

PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "sites").glob("*.md")),
]
OWN = ("assets", "bench", "docs", "pipelines", "resources", "tests")
"""Folders of the project; what begins otherwise is a path of an operator or of the archive."""
QUOTED = re.compile(r"`([\w.*/-]+)`")


def missing_paths(text: str, root: Path) -> list[str]:
    """Quoted paths of a page that lead nowhere."""
    folders: list[Path] = []
    missing = []
    for name in QUOTED.findall(text):
        path = root / name
        if "/" in name:
            if name.split("/")[0] in OWN or name.endswith(".py"):
                folders.append(path.parent if path.suffix else path)
                missing += [] if path.exists() else [name]
        elif name.endswith(".py") and not any((at / name).exists() for at in (root, *folders)):
            missing.append(name)
    return missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    assert missing_paths(page.read_text(encoding="utf-8"), ROOT) == []


def test_a_path_that_is_not_there_is_found(tmp_path: Path) -> None:
    (tmp_path / "assets" / "scenes").mkdir(parents=True)
    (tmp_path / "assets" / "scenes" / "fetch.py").touch()
    good = "`assets/scenes/fetch.py`, `fetch.py`, `assets/scenes`, `run`, `data/lake.ducklake`"
    assert missing_paths(good, tmp_path) == []
    bad = "`fetch.py` before `assets/scenes`, then `rows.py`, `assets/clouds`, `scenes/fetch.py`"
    told = ["fetch.py", "rows.py", "assets/clouds", "scenes/fetch.py"]
    assert missing_paths(bad, tmp_path) == told
