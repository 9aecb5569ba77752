"""Debian's Chromium driven by Playwright, and axe-core to look for barriers in a page.

axe-core comes from the npm registry, once a machine, into the temporary folder; run this file to
have it there ahead of the tests. The browser is the package `chromium`.
"""

import fcntl
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PROGRAM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = "axe-core@4.14.1"
AXE_SHA256 = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A headless browser until the end of the block."""
    if not Path(PROGRAM).exists():
        raise RuntimeError(f"There is no {PROGRAM}; install Debian's package: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def barriers(page: Page) -> list[str]:
    """What axe-core finds wrong with a page for people who cannot see, hear or point."""
    page.evaluate(axe_source())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert found["passes"], "axe-core has checked nothing"
    return [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def axe_source() -> str:
    """The script of axe-core, which is fetched if this machine has none."""
    folder = Path(tempfile.gettempdir()) / f"sitewatch-axe-{AXE_SHA256[:12]}"
    script = folder / "axe.min.js"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever comes second waits for the first
        if not script.exists():
            _fetch(folder)
    return script.read_text()


def _fetch(folder: Path) -> None:
    """The package as npm gives it, its checksum looked at."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    done = subprocess.run(
        ["npm", "pack", "--silent", AXE], cwd=folder, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"npm cannot get {AXE}: {done.stderr[-2000:]}")
    (package,) = folder.glob("*.tgz")
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    if digest != AXE_SHA256:
        raise RuntimeError(f"{AXE} should have SHA-256 {AXE_SHA256}, found {digest}")
    with tarfile.open(package) as archive:
        script = archive.extractfile("package/axe.min.js")
        assert script is not None
        beside = folder / "whole.js"
        beside.write_bytes(script.read())
        beside.replace(folder / "axe.min.js")


if __name__ == "__main__":
    print(len(axe_source()))  # noqa: T201
