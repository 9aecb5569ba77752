"""The readers that are compared, and whether they are here; how each reads is in `readers`."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Final


@dataclass(frozen=True, slots=True)
class Program:
    """A reader: its name, the module of its adapter, and the packages that it needs."""

    name: str
    module: str
    packages: tuple[str, ...] = ()

    @property
    def is_installed(self) -> bool:
        """Whether all of its packages are here."""
        try:
            return bool([version(package) for package in self.packages] or True)
        except PackageNotFoundError:
            return False

    @property
    def title(self) -> str:
        """Its name, with the version of what is not our own."""
        if not self.packages or not self.is_installed:
            return self.name
        return f"{self.name} {version(self.packages[0])}"


OURS: Final = Program("sitewatch", "sitewatch")
FLOOR: Final = Program("bare requests", "bare")
PEERS: Final = (
    Program("rasterio", "tuned_rasterio", ("rasterio",)),
    Program("odc-stac", "odc_stac", ("odc-stac",)),
    Program("rio-tiler", "rio_tiler", ("rio-tiler",)),
    Program("async-geotiff", "async_geotiff", ("async-geotiff", "obstore")),
)
PROGRAMS: Final = (OURS, *PEERS, FLOOR)
