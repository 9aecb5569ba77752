"""A small true-colour picture of a look for the operator, as PNG, with its date and attribution.

Drawing only; pixels come from `looks`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from assets.pictures import small_png
from assets.scenes.stack import Look
from resources.models import REFLECTANCE_BANDS

BRIGHTEST: Final = 0.35  # reflectance shown as white: concrete, not cloud
GAMMA: Final = 0.7
TRUE_COLOUR: Final = tuple(REFLECTANCE_BANDS.index(band) for band in ("red", "green", "blue"))


def look_picture(look: Look, *, credit: str) -> bytes:
    """A look in true colour under its id and time, above its line of attribution.

    Returns:
        Small PNG; unseen pixels are grey.
    """
    colours = look.reflectance[list(TRUE_COLOUR)].transpose(1, 2, 0)
    seen = np.isfinite(colours).all(axis=2, keepdims=True)
    light = np.clip(np.where(seen, colours, 0.0) / BRIGHTEST, 0.0, 1.0) ** GAMMA
    picture = np.where(seen, light, 0.5)
    figure = Figure(figsize=(5, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.subplots()
    axis.imshow(picture, interpolation="nearest")
    axis.set_axis_off()
    title = f"{look.acquisition_id}\n{look.sensed_at:%Y-%m-%d %H:%M} UTC"
    axis.set_title(title, fontsize=8, parse_math=False)
    figure.supxlabel(credit, fontsize=6, parse_math=False)
    return small_png(figure)
