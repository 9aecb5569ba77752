"""Masks against labelled scenes laid out like the public folder: `raw/*.npz`, `img` and `msk`.

Intersection over union per class, and time a scene, of ours and of the package that is an option.
"""

from __future__ import annotations

import datetime as dt
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.clouds.external_masks import CsMask, MaskModel
from assets.clouds.mask import CLOUD, HAZE, NO_DATA, SHADOW, SNOW, classify_look
from assets.clouds.signs.past_looks import PastLooks
from assets.scenes.stack import LookPixels
from resources.models import REFLECTANCE_BANDS, BandName

BANDS: Final[tuple[BandName, ...]] = ("blue", "green", "red", "nir", "swir16", "swir22")
LABEL_SHADOW, LABEL_SNOW, LABEL_WATER, LABEL_LAND, LABEL_CLOUD = range(5)
ROUNDS: Final = 5
GROUND_CODE, CLOUD_CODE, SHADOW_CODE, SNOW_CODE = range(4)
CLASS_NAMES: Final = ("clear (land, water)", "cloud", "shadow", "snow")

Codes = npt.NDArray[np.uint8]
Image = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LabelScore:
    """Of one method: intersection over union by class (None where neither has it), seconds."""

    method: str
    iou: tuple[float | None, ...]
    seconds: float


def score_labels(folder: Path) -> list[LabelScore]:
    """Score every method on all labelled scenes of a folder.

    Raises:
        FileNotFoundError: the folder has no scenes.
    """
    scenes = list(_scenes(folder))
    if not scenes:
        raise FileNotFoundError(f"{folder} should hold raw/*.npz with img and msk, and has none")
    methods: list[tuple[str, Callable[[Image], Codes]]] = [
        ("sitewatch, colour and shape alone", lambda image: _ours(image, None)),
    ]
    for level in ("l2a", "l1c"):
        learner = CsMask(level)
        methods += [
            (
                f"sitewatch with ukis-csmask {level.upper()}",
                lambda image, on=learner: _ours(image, on),  # type: ignore[misc]  # bound above
            ),
            (
                f"ukis-csmask {level.upper()} alone",
                lambda image, of=level: _package(image, of),  # type: ignore[misc]  # bound above
            ),
        ]
    seconds: dict[str, list[float]] = {name: [] for name, _ in methods}
    found: dict[str, list[Codes]] = {}
    for name, method in methods:
        found[name] = [method(image) for image, _ in scenes]
    for _ in range(ROUNDS):  # interleaved
        for name, method in methods:
            for image, _ in scenes:
                begun = time.perf_counter()
                method(image)
                seconds[name].append(time.perf_counter() - begun)
    truth = [labels for _, labels in scenes]
    return [
        LabelScore(name, _iou(found[name], truth), float(np.median(seconds[name])))
        for name, _ in methods
    ]


def _scenes(folder: Path) -> Iterator[tuple[Image, Codes]]:
    """Image (y, x, band) and labels in our codes of each scene."""
    for file in sorted((folder / "raw").glob("*.npz")):
        with np.load(file) as held:
            image, labels = held["img"].astype(np.float32), held["msk"]
        codes = np.zeros(labels.shape[:2], np.uint8)
        codes[labels[..., 0] == LABEL_CLOUD] = CLOUD_CODE
        codes[labels[..., 0] == LABEL_SHADOW] = SHADOW_CODE
        codes[labels[..., 0] == LABEL_SNOW] = SNOW_CODE
        yield image, codes


def _ours(image: Image, learner: MaskModel | None) -> Codes:
    """The product's own classification of a look that has neither SCL nor past."""
    shape = image.shape[:2]
    reflectance = np.full((len(REFLECTANCE_BANDS), *shape), np.nan, np.float32)
    for place, band in enumerate(BANDS):
        reflectance[REFLECTANCE_BANDS.index(band)] = image[..., place]
    nothing = np.zeros(shape, np.uint8)
    now = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    look = LookPixels("labels", now, 0, reflectance, nothing, nothing.astype(bool))
    learned = None if learner is None else learner(look)
    classes = classify_look(look, PastLooks(), learned=learned).classes
    codes = np.zeros(classes.shape, np.uint8)
    for code, ours in ((CLOUD_CODE, (CLOUD, HAZE)), (SHADOW_CODE, (SHADOW,)), (SNOW_CODE, (SNOW,))):
        codes[np.isin(classes, ours)] = code
    codes[classes == NO_DATA] = GROUND_CODE
    return codes


def _package(image: Image, level: str) -> Codes:
    """The package called as its own tests do."""
    from ukis_csmask.mask import CSmask

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # scenes smaller than its tiles
        mask = CSmask(img=image.copy(), band_order=list(BANDS), product_level=level)
    return np.asarray(mask.csm[..., 0], np.uint8)  # 0 the rest, 1 cloud, 2 shadow


def _iou(found: list[Codes], truth: list[Codes]) -> tuple[float | None, ...]:
    """Intersection over union of each class over all scenes together.

    Methods that know no snow take it for ground: labels of snow count as that for them.
    """
    mine, real = (np.concatenate([one.ravel() for one in many]) for many in (found, truth))
    scores: list[float | None] = []
    for code in range(len(CLASS_NAMES)):
        both = int(((mine == code) & (real == code)).sum())
        either = int(((mine == code) | (real == code)).sum())
        scores.append(both / either if either else None)
    return tuple(scores)
