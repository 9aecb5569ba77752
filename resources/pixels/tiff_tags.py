"""The first directory of a TIFF, and those after it, out of the bytes known so far.

Knows the format's structure alone: every offset, count and type is checked before it is followed.
What the tags mean for a raster is `cog_header`'s.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from resources.pixels.window import UnreadableRaster

MAX_ENTRIES = 256  # of one directory; a COG has about 20
MAX_VALUE_BYTES = 8 * 1024 * 1024  # of one tag: the offsets of a million tiles
MAX_TEXT_BYTES = 1024  # of names and of numbers written as text

TYPES = {1: "u1", 2: "S1", 3: "u2", 4: "u4", 12: "f8", 16: "u8"}
"""numpy's letters for the types of TIFF that are read here: byte, text, and numbers."""
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
BIG_SIZES = SIZES | {16: 8, 17: 8, 18: 8}

Values = npt.NDArray[np.generic]


class UnfitForFastPath(Exception):
    """The fast path does not read this file; the message says why. GDAL may."""


class NotTiff(UnfitForFastPath):
    """It is no TIFF at all; `start` is what it begins with."""

    def __init__(self, start: bytes) -> None:
        super().__init__(f"it begins with {start!r}")
        self.start = start


class BrokenTiff(UnreadableRaster):
    """The file is of the kind that the fast path reads, and not what it says of itself.

    It is refused outright: GDAL, given such a file, may hand out whatever was in memory.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"the file is broken: {reason}")


class MissingBytes(Exception):
    """Bytes [start, stop) of the file are needed to go on."""

    def __init__(self, start: int, stop: int) -> None:
        super().__init__(f"bytes {start}-{stop}")
        self.start, self.stop = start, stop


@dataclass
class FilePieces:
    """The parts of a file that are here so far; `size` is the whole file's."""

    size: int
    parts: list[tuple[int, bytes | bytearray]] = field(default_factory=list)

    def add(self, start: int, data: bytes | bytearray) -> None:
        """Take a further part."""
        self.parts.append((start, data))

    def get(self, start: int, stop: int) -> memoryview:
        """The bytes [start, stop).

        Raises:
            Missing: they are in the file but not here.
            Unfit: they are not in the file.
        """
        if not 0 <= start <= stop <= self.size:
            raise UnfitForFastPath(
                f"it points at bytes {start}-{stop}, and the file has {self.size}"
            )
        for begin, data in self.parts:
            if begin <= start and stop <= begin + len(data):
                return memoryview(data)[start - begin : stop - begin]
        raise MissingBytes(start, stop)

    def has(self, start: int, stop: int) -> bool:
        """Whether these bytes are here."""
        return any(begin <= start and stop <= begin + len(data) for begin, data in self.parts)

    def joined(self, start: int, stop: int) -> memoryview:
        """As `get`, where the bytes may have come in two parts, one after the other."""
        try:
            return self.get(start, stop)
        except MissingBytes:
            ends = [begin + len(data) for begin, data in self.parts if begin <= start]
            middle = max(end for end in ends if start < end < stop)
            return memoryview(b"".join((self.get(start, middle), self.get(middle, stop))))


@dataclass(frozen=True, slots=True)
class TiffDirectory:
    """One image of a TIFF: the tags by number, and where the next directory is (0: none).

    `places` gives type, count and offset of each tag's values in the file.
    """

    order: str
    places: dict[int, tuple[int, int, int]]
    next_at: int

    def values(self, pieces: FilePieces, tag: int) -> Values | None:
        """A tag's numbers in this machine's byte order; None if there is no such tag."""
        if tag not in self.places:
            return None
        kind, count, at = self.places[tag]
        if kind not in TYPES:
            raise UnfitForFastPath(f"its tag {tag} has values of type {kind}")
        dtype = np.dtype(self.order + TYPES[kind])
        if not 0 < count * dtype.itemsize <= MAX_VALUE_BYTES:
            raise UnfitForFastPath(f"its tag {tag} has {count} values")
        found = np.frombuffer(pieces.get(at, at + count * dtype.itemsize), dtype=dtype)
        return found.astype(dtype.newbyteorder("="))

    def number(self, pieces: FilePieces, tag: int, default: int | None = None) -> int:
        """The one whole number of a tag; Unfit if it has another count or type."""
        found = self.values(pieces, tag)
        if found is None and default is not None:
            return default
        if found is None or found.size != 1 or found.dtype.kind != "u":
            raise UnfitForFastPath(f"its tag {tag} is not one whole number")
        return int(found[0])

    def text(self, pieces: FilePieces, tag: int) -> str | None:
        """A short text up to its first NUL; None if there is no such tag."""
        if tag not in self.places:
            return None
        kind, count, at = self.places[tag]
        if TYPES.get(kind) != "S1" or count > MAX_TEXT_BYTES:
            raise UnfitForFastPath(f"its tag {tag} is not a short text")
        try:
            return bytes(pieces.get(at, at + count)).decode("ascii").partition("\0")[0]
        except UnicodeDecodeError as cause:
            raise UnfitForFastPath(f"its tag {tag} is not plain text") from cause


def first_directory(pieces: FilePieces) -> TiffDirectory:
    """The first image of a TIFF or BigTIFF; Unfit if it is neither, or Missing."""
    order, is_big = _tiff_kind(pieces)
    at = (
        _unpacked_number(pieces, 8, order + "Q")
        if is_big
        else _unpacked_number(pieces, 4, order + "I")
    )
    return read_directory(pieces, at)


def read_directory(pieces: FilePieces, at: int) -> TiffDirectory:
    """The directory at this offset; Unfit or Missing."""
    order, is_big = _tiff_kind(pieces)
    head, entry, offset = ("Q", 20, "Q") if is_big else ("H", 12, "I")
    count = _unpacked_number(pieces, at, order + head)
    if not 0 < count <= MAX_ENTRIES:
        raise UnfitForFastPath(f"its directory has {count} entries")
    first = at + struct.calcsize(head)
    end = first + count * entry
    places: dict[int, tuple[int, int, int]] = {}
    raw = pieces.get(first, end)
    for number in range(count):
        tag, kind, amount = struct.unpack_from(order + "HH" + offset, raw, number * entry)
        sizes = BIG_SIZES if is_big else SIZES
        inline_at = first + number * entry + struct.calcsize("=HH" + offset)
        is_inline = amount * sizes.get(kind, 1) <= struct.calcsize("=" + offset)
        if tag in places:
            raise UnfitForFastPath(f"its tag {tag} is there twice")
        (value,) = struct.unpack_from(order + offset, raw, inline_at - first)
        places[tag] = (kind if kind in sizes else 0, amount, inline_at if is_inline else value)
    return TiffDirectory(order, places, _unpacked_number(pieces, end, order + offset))


def _tiff_kind(pieces: FilePieces) -> tuple[str, bool]:
    """Byte order, and whether it is a BigTIFF."""
    if pieces.size < 16:  # noqa: PLR2004 - the shortest header there is
        raise UnfitForFastPath(f"it has {pieces.size} bytes")
    start = bytes(pieces.get(0, 8))
    kinds = {b"II*\0": ("<", False), b"MM\0*": (">", False), b"II+\0": ("<", True)}
    found = (kinds | {b"MM\0+": (">", True)}).get(start[:4])
    if found is None:
        raise NotTiff(start[:4])
    if found[1] and start[4:] != struct.pack(found[0] + "HH", 8, 0):
        raise UnfitForFastPath("its offsets do not have 8 bytes")
    return found


def _unpacked_number(pieces: FilePieces, at: int, form: str) -> int:
    (found,) = struct.unpack(form, pieces.get(at, at + struct.calcsize(form)))
    return int(found)
