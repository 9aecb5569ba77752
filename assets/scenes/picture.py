"""A small true-colour picture of a look for the operator, as PNG, with its date and attribution.

Drawing only; pixels come from `looks`.
"""

from __future__ import annotations

from typing import Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from assets.pictures import small_png
from assets.scenes.colour import colours_of, true_colour
from assets.scenes.stack import LookPixels

BRIGHTEST: Final = 0.35  # reflectance shown as white: concrete, not cloud


def look_picture(look: LookPixels, window: tuple[slice, slice], *, credit: str) -> bytes:
    """A look in true colour under its id and time, above its line of attribution.

    Args:
        look: on the site's grid.
        window: rows and columns of the grid that are shown.
        credit: line of attribution.

    Returns:
        PNG of at most `pictures.MAX_BYTES` where that is possible; unseen pixels are grey.
    """
    figure = Figure(figsize=(5, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.subplots()
    colours = colours_of(look.reflectance[:, *window])
    axis.imshow(true_colour(colours, BRIGHTEST), interpolation="nearest")
    axis.set_axis_off()
    title = f"{look.acquisition_id}\n{look.sensed_at:%Y-%m-%d %H:%M} UTC"
    axis.set_title(title, fontsize=8, parse_math=False)
    figure.supxlabel(credit, fontsize=6, parse_math=False)
    return small_png(figure)
