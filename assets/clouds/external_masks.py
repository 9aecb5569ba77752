"""Learned masks, which an operator may turn on: their probabilities, and these as log-odds.

Adapters of two optional packages, which are imported only when they are used.
"""

from __future__ import annotations

import functools
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Protocol, cast

import numpy as np
from scipy import special

from assets.clouds.signs.log_odds import (
    CLOUD_ROW,
    HAZE_ROW,
    HIDDEN,
    SHADOW_ROW,
    SNOW_ROW,
    Floats,
    prior_evidence,
)
from assets.scenes.stack import LookPixels
from resources.errors import SettingsError
from resources.models import REFLECTANCE_BANDS, BandName

Level = Literal["l1c", "l2a"]
LearnedName = Literal["ukis-csmask"]
MODEL_BANDS: Final[tuple[BandName, ...]] = ("blue", "green", "red", "nir", "swir16", "swir22")
LEARNED_MOST: Final = 5.0  # log-odds
PAD: Final = 19  # mirrored pixels before the image: the package's 51 less a stride, see _windows
LEAST_AFTER: Final = 8  # mirrored pixels behind it, at least
STRIDE: Final = 32  # of the network's coarsest lattice
LARGEST: Final = 768  # pixels, edge of what is run at once: it bounds memory
BLEND: Final = 128  # pixels by which windows overlap
FIXED_SIZE: Final = b"\x0a\x03\x08\x80\x02" * 2  # protobuf: two sizes of 256
ANY_SIZE: Final = b"\x0a\x03\x12\x01h\x0a\x03\x12\x01w"  # the same of sizes called h and w
LEAST: Final = 1e-6  # probability; a network's 0 is no certainty
S2CLOUDLESS_BANDS: Final = ("B01", "B02", "B04", "B05", "B08", "B8A", "B09", "B10", "B11", "B12")


@dataclass(frozen=True, slots=True)
class LearnedMask:
    """Probabilities of a learned mask, shapes (y, x), 0..1; NaN where it says nothing.

    `shadow` is None of a mask that knows no shadows.
    """

    cloud: Floats
    shadow: Floats | None = None


class MaskModel(Protocol):
    """Makes a learned mask of a look; `name` goes into the method of the mask."""

    @property
    def name(self) -> str:
        """As the method of a mask names it."""
        ...

    def __call__(self, look: LookPixels) -> LearnedMask:
        """Probabilities of a look."""
        ...


def learned_evidence(mask: LearnedMask) -> Floats:
    """Log-odds of cloud and shadow from a learned mask, shape (HIDDEN, y, x), without a prior.

    Its probabilities already contain the prior of its training (73, 20 and 7 % clear, cloud and
    shadow for ukis-csmask), which is about ours: so ours is subtracted, and a learned mask without
    other evidence gives the class that it gives by itself.

    Args:
        mask: probabilities, shapes (y, x), 0..1; NaN where it says nothing.

    Returns:
        Natural logarithms, float32, at most LEARNED_MOST; 0 for snow and haze, and where NaN.

    Raises:
        ValueError: cloud and shadow have shapes that do not broadcast.

    Source:
        Own: log(p / p_clear) less the prior (Bayes); docs/methods/masks.md,
        tests/unit/assets/clouds/test_mask.py.
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
    doi:10.1016/j.rse.2019.05.022). The package loads its model anew at each call and runs it on
    tiles of 256 pixels, many of which overlap or lie outside of the scene; here the scene is run
    whole, on the same lattice: classes of under 1 % of pixels differ.
    """

    level: Level = "l2a"

    @property
    def name(self) -> str:
        """As the method of a mask names it."""
        return f"ukis-csmask {self.level}"

    def __call__(self, look: LookPixels) -> LearnedMask:
        """Probabilities of a look; of the four-band model where it lacks SWIR."""
        has_swir = all(np.isfinite(_look_band(look, name)).any() for name in MODEL_BANDS[4:])
        bands = MODEL_BANDS if has_swir else MODEL_BANDS[:4]
        image = np.stack([_look_band(look, name) for name in bands])
        unseen = ~np.isfinite(image).all(axis=0)
        model = _load_model(self.level, len(bands))
        found = model.run(np.nan_to_num(image))
        found[:, unseen] = np.nan
        return LearnedMask(found[1], found[2])


def mask_model_named(name: str | None) -> MaskModel | None:
    """The learned mask of a name from the settings; None for None.

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

    Returns:
        Cloud, shape (y, x), 0..1, float32; no shadow.

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
        from s2cloudless import S2PixelCloudDetector
    except ImportError as cause:
        raise SettingsError("s2cloudless is not installed; install it, or do without.") from cause
    detector = S2PixelCloudDetector(all_bands=False, average_over=4, dilation_size=2)
    unseen = ~np.isfinite(reflectance).all(axis=0)
    bands = np.moveaxis(np.nan_to_num(reflectance), 0, -1)[None]
    cloud = np.asarray(detector.get_cloud_probability_maps(bands)[0], np.float32)
    cloud[unseen] = np.nan
    return LearnedMask(cloud)


@dataclass(frozen=True, slots=True)
class _OnnxModel:
    """A session of ONNX runtime with what its model was trained on."""

    session: Any
    mean: Floats
    spread: Floats

    def run(self, image: Floats, largest: int = LARGEST) -> Floats:
        """Probabilities of clear, cloud and shadow, shape (3, y, x), of an image (band, y, x).

        `largest` is the longest edge that is run at once, a multiple of 32; larger images are run
        in windows that overlap, and blended.
        """
        rows, columns = image.shape[1:]
        scaled = (image - self.mean[:, None, None]) / self.spread[:, None, None]
        edges = [(PAD, _trailing_padding(length)) for length in (rows, columns)]
        padded = np.pad(scaled, ((0, 0), *edges), mode="symmetric")
        down, across = (_blending_windows(length, largest) for length in padded.shape[1:])
        if len(down) == len(across) == 1:
            found = self._run(padded)
        else:
            found = np.zeros((3, *padded.shape[1:]), np.float32)
            for y, high in down:
                for x, wide in across:
                    part = (slice(None), slice(y, y + high.size), slice(x, x + wide.size))
                    found[part] += self._run(padded[part]) * np.outer(high, wide)
        return found[:, PAD : PAD + rows, PAD : PAD + columns]

    def _run(self, image: Floats) -> Floats:
        """Probabilities of an image with edges that are multiples of 32, shape (3, y, x)."""
        fed = np.ascontiguousarray(image[None], np.float32)
        logits = self.session.run(None, {self.session.get_inputs()[0].name: fed})[0][0]
        return cast("Floats", special.softmax(logits, axis=0))


def _trailing_padding(length: int) -> int:
    """Pixels to add behind an edge: LEAST_AFTER at least, the whole a multiple of the stride."""
    return LEAST_AFTER - (PAD + length + LEAST_AFTER) % -STRIDE


def _blending_windows(length: int, largest: int) -> list[tuple[int, Floats]]:
    """Where windows along an edge begin, and what each pixel of them counts; together 1.

    Beginnings are multiples of STRIDE: the network's answer depends a little (2 % of pixels) on
    where its coarser lattices lie.
    """
    if length <= largest:
        return [(0, np.ones(length, np.float32))]
    step = largest - BLEND
    starts = [*range(0, length - largest, step), length - largest]
    ramp = (np.arange(BLEND, dtype=np.float32) + 0.5) / BLEND
    weight = np.ones(largest, np.float32)
    weight[:BLEND], weight[-BLEND:] = ramp, ramp[::-1]
    total = np.zeros(length, np.float32)
    for start in starts:
        total[start : start + largest] += weight
    return [(start, weight / total[start : start + largest]) for start in starts]


@functools.cache
def _load_model(level: Level, bands: int) -> _OnnxModel:
    """The model of a product level and number of bands, from the package's own files.

    Raises:
        ValueError: they are not as this module knows them.
    """
    import onnxruntime
    import ukis_csmask

    file = Path(ukis_csmask.__file__).parent / f"model_{bands}b_{level}.onnx"
    told = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))["data"]
    statistics = told["dataset_statistics"]
    if tuple(statistics["band_names"]) != MODEL_BANDS[:bands]:
        raise ValueError(f"Expected a model of {MODEL_BANDS[:bands]}, found {statistics}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count() or 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others work here
    session = onnxruntime.InferenceSession(
        _of_any_size(file.read_bytes()), options, providers=["CPUExecutionProvider"]
    )
    mean, spread = (np.array(row, np.float32) for row in statistics["img"])
    return _OnnxModel(session, mean, spread)


def _of_any_size(model: bytes) -> bytes:
    """A model of the package that takes images of any size, not of 256 x 256 pixels alone.

    Its layers are all convolutions, resizings by a factor and means, so only the sizes that its
    input and output declare stand in the way: in both, rows and columns become names.

    Raises:
        ValueError: it does not declare these sizes twice.
    """
    if model.count(FIXED_SIZE) != len(("input", "output")):
        raise ValueError("Expected a model of 256 x 256 pixels; this ukis-csmask has another")
    return model.replace(FIXED_SIZE, ANY_SIZE)


def _look_band(look: LookPixels, name: BandName) -> Floats:
    return cast("Floats", look.reflectance[REFLECTANCE_BANDS.index(name)])
