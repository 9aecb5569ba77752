"""What people labelled: COCO annotations as boxes, masks and lengths of vessels.

Reading and geometry of labels only; what is scored against them is `scoring`'s business.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

SAME: Final = 0.5  # overlap over union beyond which two boxes are one vessel, labelled twice
BRUSH_MAX_PX: Final = 8.0  # a wider smallest mask was not made by a brush


@dataclass(frozen=True, slots=True)
class Label:
    """One vessel: its box in pixels, right and bottom edges excluded, and its length in pixels."""

    left: float
    top: float
    right: float
    bottom: float
    length_px: float

    @property
    def box(self) -> tuple[slice, slice]:
        """Rows and columns."""
        return (
            slice(math.floor(self.top), math.ceil(self.bottom)),
            slice(math.floor(self.left), math.ceil(self.right)),
        )


def read_labels(path: Path, shape: tuple[int, ...]) -> tuple[Label, ...]:
    """Vessels of a COCO file; those marked on several renderings of the scene count once.

    Masks are strokes of a round brush drawn from bow to stern, so they are longer than the vessel
    by the brush, whose diameter is the least width of any mask of the file.

    Args:
        path: the file.
        shape: rows and columns that its images must have.

    Raises:
        ValueError: an image that is labelled has another size, or a box lies outside of it.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    labelled = {one["image_id"] for one in content["annotations"]}
    for image in content["images"]:
        if image["id"] in labelled and (image["height"], image["width"]) != shape:
            raise ValueError(
                f"{path.name} must label images of {shape} rows and columns, found "
                f"{(image['height'], image['width'])} for {image['file_name']}."
            )
    masks = [_mask(one, shape) for one in content["annotations"]]
    sizes = [_length_and_width(mask) for mask in masks if mask is not None]
    brush = min((width for _, width in sizes), default=0.0)
    brush = brush if brush <= BRUSH_MAX_PX else 0.0
    labels: list[Label] = []
    for one, mask in zip(content["annotations"], masks, strict=True):
        label = _label(one["bbox"], mask, brush=brush, shape=shape)
        if label.left >= label.right or label.top >= label.bottom:
            raise ValueError(f"{path.name}: box {one['bbox']} lies outside of the image {shape}.")
        if all(_overlap(label, other) < SAME for other in labels):
            labels.append(label)
    return tuple(labels)


def _label(
    box: Sequence[float],
    mask: npt.NDArray[np.bool_] | None,
    *,
    brush: float,
    shape: tuple[int, ...],
) -> Label:
    """A label from its box, cut at the edges of the image, and, if there is one, its mask."""
    left, top, wide, high = (float(edge) for edge in box)
    length = math.hypot(wide, high)
    if mask is not None:
        length = max(_length_and_width(mask)[0] - brush, 1.0)
    right, bottom = min(left + wide, shape[1]), min(top + high, shape[0])
    return Label(max(left, 0.0), max(top, 0.0), right, bottom, length)


def _mask(annotation: Mapping[str, Any], shape: tuple[int, ...]) -> npt.NDArray[np.bool_] | None:
    """Pixels of a run-length mask, shape (y, x); None where a vessel has a box or polygon only."""
    outline = annotation.get("segmentation")
    if not isinstance(outline, dict) or not isinstance(outline.get("counts"), list):
        return None
    runs = np.asarray(outline["counts"], dtype=np.intp)
    flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    if flat.size != shape[0] * shape[1]:
        raise ValueError(f"A mask must cover {shape} pixels, found {flat.size} in all.")
    return flat.reshape(shape[::-1]).T if flat.any() else None


def _length_and_width(mask: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Extent of a mask along and across its principal axis, pixels."""
    places = np.argwhere(mask).astype(np.float64)
    places -= places.mean(axis=0)
    _, axes = np.linalg.eigh(places.T @ places)
    across, along = np.ptp(places @ axes, axis=0) + 1.0
    return float(along), float(across)


def _overlap(one: Label, other: Label) -> float:
    """Intersection over union of two boxes."""
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    shared = max(wide, 0.0) * max(high, 0.0)
    areas = [(box.right - box.left) * (box.bottom - box.top) for box in (one, other)]
    return shared / (sum(areas) - shared)
