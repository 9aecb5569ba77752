"""What is read in a round: the scene, its bands, the windows and the cases; and what it took.

Nouns and arithmetic only; files are made in `scenes`, and nothing is read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from resources.models import BandName, Bounds

EPSG: Final = 32633
WEST: Final = 499_980.0  # metres, corner of the scene: that of Sentinel-2's tile 33TWL
NORTH: Final = 5_100_000.0
TILE: Final = 1024  # pixels, edge of a tile of the files, as Earth Search's
WINDOW: Final = 300  # pixels of 10 m, edge of what is read of each band
PLASTIC: Final = 1.324717957244746  # its powers spread points evenly over a square (Roberts 2018)

PIXEL_M: Final[dict[BandName, int]] = {
    "blue": 10,
    "green": 10,
    "red": 10,
    "nir": 10,
    "swir16": 20,
    "swir22": 20,
}
"""The bands that are read, and the edge of their pixels, metres."""

Position = Literal["inside one tile", "random positions"]


@dataclass(frozen=True, slots=True)
class Place:
    """Upper left pixel of a window, counted in 10 m pixels from the scene's corner; both even."""

    column: int
    row: int

    def bounds(self) -> Bounds:
        """The window's box, metres of `EPSG`."""
        west, north = WEST + 10 * self.column, NORTH - 10 * self.row
        return Bounds(west, north - 10 * WINDOW, west + 10 * WINDOW, north)

    def pixels(self, band: BandName) -> tuple[int, int, int]:
        """Column, row and edge of the window in the band's own pixels."""
        step = PIXEL_M[band] // 10
        return self.column // step, self.row // step, WINDOW // step


@dataclass(frozen=True, slots=True)
class TileRow:
    """Tiles side by side in a file that a window touches.

    Attributes:
        start: first byte.
        stop: the byte after the last.
        share: of the tiles' rows, those down to the window's last, 0..1.
    """

    start: int
    stop: int
    share: float


@dataclass(frozen=True, slots=True)
class Task:
    """One window of all bands of some dates.

    Attributes:
        root: address under which the server has a folder a date and a file a band.
        dates: names of the folders.
        edge: of the scene, 10 m pixels.
        tile_rows: by band, the touched tiles; for the floor alone, readers find out themselves.
    """

    root: str
    dates: tuple[str, ...]
    place: Place
    edge: int
    tile_rows: dict[BandName, list[TileRow]]

    def href(self, date: str, band: BandName) -> str:
        """Address of a file."""
        return f"{self.root}/{date}/{band}.tif"


@dataclass(frozen=True, slots=True)
class Case:
    """The circumstances of a measurement.

    Attributes:
        position: where windows lie in the tiles of the files.
        bytes_per_second: of the link, all connections together; None for as fast as it goes.
        is_known: the reader has read another window of the same files before.
    """

    position: Position
    bytes_per_second: float | None = None
    is_known: bool = False

    @property
    def title(self) -> str:
        """As the report names it."""
        held = self.bytes_per_second
        link = "" if held is None else f", link held to {held / 1e6:.0f} MB/s"
        return f"{self.position}{', headers known' if self.is_known else ''}{link}"


@dataclass(frozen=True, slots=True)
class Floor:
    """Bytes that a round cannot do without.

    Attributes:
        tile_bytes: of the touched tiles, for whoever fetches them whole.
        leading_bytes: of their leading parts down to the window's last row, for whoever knows
            that deflate is sequential; as if all rows deflated alike.
    """

    tile_bytes: float
    leading_bytes: float


def floor(task: Task) -> Floor:
    """The floor of a task."""
    rows = [row for rows in task.tile_rows.values() for row in rows]
    return Floor(
        tile_bytes=len(task.dates) * sum(row.stop - row.start for row in rows),
        leading_bytes=len(task.dates) * sum((row.stop - row.start) * row.share for row in rows),
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """What one reader took for one round.

    Attributes:
        wall_s: until all pixels were there.
        cpu_s: of the reader's process, all threads.
        peak_bytes: most memory that the process held in the round, libraries included.
        requests: all that the server was asked, errors included; `most_requests` of one file.
        sent_bytes: bodies only.
        connections: opened in the round.
        server_cpu_s: of the server's process.
        is_identical: every pixel equals that of the file; None where none was decoded.
    """

    wall_s: float
    cpu_s: float
    peak_bytes: int
    requests: int
    most_requests: int
    sent_bytes: int
    connections: int
    server_cpu_s: float
    is_identical: bool | None


def place(position: Position, index: int, edge: int) -> Place:
    """The window of a round: fixed by its index, and over many rounds spread evenly.

    Args:
        position: `inside one tile` keeps it in one tile of every band; `random positions` puts
            it anywhere, so that about half of the windows of 10 m bands touch several tiles.
        index: of the round, from 0.
        edge: of the scene, 10 m pixels; at least one tile.
    """
    across, down = (0.5 + index / PLASTIC) % 1, (0.5 + index / PLASTIC**2) % 1
    if position == "random positions":
        return Place(_even(across * (edge - WINDOW)), _even(down * (edge - WINDOW)))
    tiles = edge // TILE
    column, row = (3 * index + 1) % tiles, (7 * index + 2) % tiles
    return Place(
        TILE * column + _even(across * (TILE - WINDOW)), TILE * row + _even(down * (TILE - WINDOW))
    )


def elsewhere(there: Place, edge: int) -> Place:
    """A window half a scene away, in other tiles where the scene has several."""
    half, reach = _even(edge / 2), edge - WINDOW
    return Place(_even((there.column + half) % reach), _even((there.row + half) % reach))


def _even(value: float) -> int:
    """The even number below, so that 10 m and 20 m pixels have the same edges."""
    return int(value) // 2 * 2
