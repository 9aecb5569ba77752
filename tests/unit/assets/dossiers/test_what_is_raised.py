"""Errors that docstrings of drawings and pages name are those that come."""

from __future__ import annotations

from collections.abc import Callable

import jinja2
import numpy as np
import pytest
from pyproj.exceptions import CRSError
from shapely.geometry import box

from assets.dossiers.drawings import maps, pictures
from assets.dossiers.evidence.selection import causes_of
from assets.dossiers.pages.rendering import render_page
from resources.models import Bounds, Grid, Zone

FRAME = pictures.frame_of(slice(0, 10), slice(0, 10))
NOWHERE = Grid(99999, Bounds(340000.0, 4873000.0, 343000.0, 4876000.0))
ZONES = [Zone("field", "Field", "other", box(25.0, 44.0, 25.01, 44.01))]
UNEVEN = {"ordinary_causes": ["snow", "works"], "likely_causes": [], "cause_reasons": ["snow ()"]}
CASES: dict[str, tuple[type[Exception], Callable[[], object]]] = {
    "a CRS that is none": (
        CRSError,
        lambda: maps.zones_overlay(ZONES, NOWHERE, FRAME, marked=(), height=300),
    ),
    "a place without latitude": (
        KeyError,
        lambda: maps.world_map([{"longitude": 1.0, "name": "x", "href": None, "is_open": False}]),
    ),
    "no column": (ZeroDivisionError, lambda: pictures.frame_of(slice(0, 10), slice(5, 5))),
    "too few bands": (IndexError, lambda: pictures.window_colours(np.ones((1, 10, 10)), FRAME)),
    "too few axes": (IndexError, lambda: pictures.window_colours(np.ones((10, 10)), FRAME)),
    "a flat residual": (
        IndexError,
        lambda: pictures.residual_png(np.ones(10, np.int16), FRAME, caption_height=0),
    ),
    "floats for a picture": (
        TypeError,
        lambda: pictures.captioned_picture(np.ones((10, 10, 3)), FRAME, []),
    ),
    "no frame": (IndexError, lambda: pictures.encode_gif([])),
    "no template": (jinja2.TemplateNotFound, lambda: render_page("none.html", {})),
    "nothing to show": (jinja2.UndefinedError, lambda: render_page("index.html", {})),
    "causes without reasons": (ValueError, lambda: causes_of(UNEVEN)),
}


@pytest.mark.parametrize("case", CASES)
def test_what_docstrings_name_is_raised(case: str) -> None:
    error, call = CASES[case]
    with pytest.raises(error) as found:
        call()
    assert found.type is error
