"""Learned masks, which an operator may turn on: what they say, as evidence beside the rest.

Adaptors of two packages that are extras of this one; nothing of them is imported before it is
asked for. Which is used, and for which look, is decided elsewhere.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Protocol, cast

import numpy as np
from scipy import special

from assets.clouds.evidence import (
    CLOUD_ROW,
    HAZE_ROW,
    HIDDEN,
    SHADOW_ROW,
    SNOW_ROW,
    Floats,
    prior_evidence,
)
from assets.scenes.stack import Look
from resources.errors import SettingsError
from resources.models import REFLECTANCE_BANDS, BandName

Level = Literal["l1c", "l2a"]
LearnedName = Literal["ukis-csmask"]
MODEL_BANDS: Final[tuple[BandName, ...]] = ("blue", "green", "red", "nir", "swir16", "swir22")
LEARNED_MOST: Final = 5.0  # log-odds
OVERLAP: Final = 0.2  # of tiles, as the package has it
LEAST: Final = 1e-6  # probability; a network's 0 is no certainty
S2CLOUDLESS_BANDS: Final = ("B01", "B02", "B04", "B05", "B08", "B8A", "B09", "B10", "B11", "B12")


@dataclass(frozen=True, slots=True)
class LearnedMask:
    """Probabilities of a learned mask, shapes (y, x), 0..1; NaN where it says nothing.

    `shadow` is None of a mask that knows no shadows.
    """

    cloud: Floats
    shadow: Floats | None = None


class Learner(Protocol):
    """Makes a learned mask of a look; `name` goes into the method of the mask."""

    @property
    def name(self) -> str:
        """As the method of a mask names it."""
        ...

    def __call__(self, look: Look) -> LearnedMask:
        """Probabilities of a look."""
        ...


def learned_evidence(mask: LearnedMask) -> Floats:
    """Log-odds of cloud and shadow from a learned mask, shape (HIDDEN, y, x), without a prior.

    Its probabilities hold a prior already, that of its training (73, 20 and 7 % clear, cloud and
    shadow for ukis-csmask), which is about ours: so ours is taken off, and a learned mask alone
    decides here as it does by itself.
    """
    shadow = np.zeros_like(mask.cloud) if mask.shadow is None else mask.shadow
    clear = np.maximum(1 - mask.cloud - shadow, LEAST)
    out = np.zeros((HIDDEN, *mask.cloud.shape), np.float32)
    prior = prior_evidence((1, 1))
    out[CLOUD_ROW] = np.log(np.maximum(mask.cloud, LEAST) / clear) - prior[CLOUD_ROW]
    if mask.shadow is not None:
        out[SHADOW_ROW] = np.log(np.maximum(mask.shadow, LEAST) / clear) - prior[SHADOW_ROW]
    out -= np.maximum(out.max(axis=0) - LEARNED_MOST, 0.0)  # which of the two stays as it is
    out[[SNOW_ROW, HAZE_ROW]] = 0.0
    return np.nan_to_num(out)


@dataclass(frozen=True, slots=True)
class CsMask:
    """The network of `ukis-csmask` with its session kept for the life of the process.

    A U-Net on EfficientNet-B4 (DLR, Apache-2.0; Wieland et al. 2019,
    doi:10.1016/j.rse.2019.05.022). Tiles, weights and blending are the package's own, so that the
    result is the same; but it loads its model anew at each call and runs tiles that lie wholly
    outside of the scene, where here tiles run side by side, one thread each.
    """

    level: Level = "l2a"

    @property
    def name(self) -> str:
        """As the method of a mask names it."""
        return f"ukis-csmask {self.level}"

    def __call__(self, look: Look) -> LearnedMask:
        """Probabilities of a look; of the four-band model where it lacks SWIR."""
        has_swir = all(np.isfinite(_band(look, name)).any() for name in MODEL_BANDS[4:])
        bands = MODEL_BANDS if has_swir else MODEL_BANDS[:4]
        image = np.stack([_band(look, name) for name in bands], axis=-1)
        unseen = ~np.isfinite(image).all(axis=-1)
        model = _model(self.level, len(bands))
        found = model.run(np.nan_to_num(image))
        found[unseen] = np.nan
        return LearnedMask(found[..., 1], found[..., 2])


def learner_of(name: str | None) -> Learner | None:
    """The learned mask that an operator asks for; None for none.

    Raises:
        SettingsError: it is unknown, or its package is not installed.
    """
    if name is None:
        return None
    if name != "ukis-csmask":
        raise SettingsError(f"A learned mask must be 'ukis-csmask', found {name!r}.")
    try:
        import ukis_csmask.mask  # noqa: F401
    except ImportError as cause:
        raise SettingsError(
            "The learned mask ukis-csmask is turned on and not installed; install "
            "sitewatch[masks], or turn it off."
        ) from cause
    return CsMask()


def s2cloudless_mask(reflectance: Floats) -> LearnedMask:
    """Cloud probability of `s2cloudless` from the ten bands of an L1C scene.

    For sources that deliver top-of-atmosphere reflectance with B10, which those of this project
    do not: L2A has no B10.

    Args:
        reflectance: of the top of the atmosphere, bands as in S2CLOUDLESS_BANDS, shape
            (band, y, x), all on one grid; NaN where unseen.

    Raises:
        SettingsError: the package is not installed.
        ValueError: other than ten bands.

    Source:
        Skakun et al. 2022, doi:10.1016/j.rse.2022.112990 (compared with others there).
    """
    if len(reflectance) != len(S2CLOUDLESS_BANDS):
        raise ValueError(
            f"s2cloudless needs the bands {', '.join(S2CLOUDLESS_BANDS)}, found "
            f"{len(reflectance)} bands"
        )
    try:
        from s2cloudless import S2PixelCloudDetector  # type: ignore[attr-defined]  # it does
    except ImportError as cause:
        raise SettingsError("s2cloudless is not installed; install it, or do without.") from cause
    detector = S2PixelCloudDetector(all_bands=False, average_over=4, dilation_size=2)
    unseen = ~np.isfinite(reflectance).all(axis=0)
    bands = np.moveaxis(np.nan_to_num(reflectance), 0, -1)[None]
    cloud = np.asarray(detector.get_cloud_probability_maps(bands)[0], np.float32)
    cloud[unseen] = np.nan
    return LearnedMask(cloud)


@dataclass(frozen=True, slots=True)
class _Model:
    """A session of ONNX runtime with what its model was trained on."""

    session: Any
    mean: Floats
    spread: Floats
    side: int

    def run(self, image: Floats) -> Floats:
        """Probabilities of clear, cloud and shadow, shape (y, x, 3), of an image (y, x, band)."""
        from ukis_csmask.utils import tile_array, untile_array

        rows, columns = image.shape[:2]
        scaled = ((image - self.mean) / self.spread).astype(np.float32)
        tiles = tile_array(scaled, xsize=self.side, ysize=self.side, overlap=OVERLAP)
        out = np.zeros((*tiles.shape[:3], 3), np.float32)
        inside = _tiles_inside(len(tiles), rows, columns, self.side)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for number, found in zip(
                inside, pool.map(self._run_tile, (tiles[number] for number in inside)), strict=True
            ):
                out[number] = found
        whole = untile_array(out, (rows, columns, 3), overlap=OVERLAP, smooth_blending=True)
        total = whole.sum(axis=-1, keepdims=True)  # blending leaves it a little off 1
        return np.asarray(whole / total, np.float32)

    def _run_tile(self, tile: Floats) -> Floats:
        """Probabilities of one tile of the model's size, shape (y, x, 3)."""
        fed = np.ascontiguousarray(np.moveaxis(tile, -1, 0)[None])
        logits = self.session.run(None, {self.session.get_inputs()[0].name: fed})[0]
        found: Floats = np.moveaxis(special.softmax(logits[0], axis=0), 0, -1)
        return found


def _tiles_inside(count: int, rows: int, columns: int, side: int) -> Sequence[int]:
    """Numbers of the tiles that touch the image; the package pads by more than a tile."""
    pad, step = int(side * OVERLAP), int(side - side * OVERLAP)
    down = (rows + 2 * pad + 1) // step + 1
    across = (columns + 2 * pad + 1) // step + 1
    if down * across != count:  # padded otherwise than thought: run them all
        return range(count)
    return [
        y * across + x
        for y in range(down)
        for x in range(across)
        if y * step < pad + rows and x * step < pad + columns
    ]


@functools.cache
def _model(level: Level, bands: int) -> _Model:
    """The model of a product level and number of bands, from the package's own files."""
    import onnxruntime  # type: ignore[import-untyped]  # has no stubs
    import ukis_csmask

    file = Path(ukis_csmask.__file__).parent / f"model_{bands}b_{level}.onnx"
    told = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))["data"]
    statistics = told["dataset_statistics"]
    if tuple(statistics["band_names"]) != MODEL_BANDS[:bands]:
        raise ValueError(f"Expected a model of {MODEL_BANDS[:bands]}, found {statistics}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # two threads on one tile took 1.7 times its work
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    mean, spread = (np.array(row, np.float32) for row in statistics["img"])
    return _Model(session, mean, spread, int(told["target_size"][0]))


def _band(look: Look, name: BandName) -> Floats:
    return cast("Floats", look.reflectance[REFLECTANCE_BANDS.index(name)])
