"""The truth that masks are scored with is what the simulation really drew."""

import numpy as np
import pytest

from resources.models import Bounds, Grid
from resources.simulated.render import make_airbase, render_look, true_sky
from resources.simulated.scenery.layout import EPSG, TILE
from resources.simulated.scenery.passes import all_looks
from resources.simulated.scenery.simulation import Simulation
from resources.simulated.scenery.story import draw_story
from resources.simulated.sky.weather import all_skies

WHOLE = Grid(EPSG, TILE)


def test_true_clouds_are_the_ones_drawn_into_the_picture() -> None:
    world = make_airbase(Simulation(months=1))
    number = next(
        place
        for place, sky in enumerate(world.skies)
        if sky.kind in ("broken", "scattered") and sky.unseen == 0
    )
    picture = render_look(world, number)
    truth = true_sky(world.simulation, world.looks[number], world.skies[number], WHOLE)
    assert (truth.cloud > 0.2).mean() == pytest.approx(picture.cloud_fraction, abs=0.005)
    assert (truth.cloud > 0.2).any()
    blue = picture.bands["blue"]
    assert np.median(blue[truth.cloud > 0.8]) > 1.5 * np.median(blue[truth.cloud < 0.01])


def test_the_truth_of_a_part_is_part_of_the_truth() -> None:
    simulation = Simulation(months=1)
    looks = all_looks(simulation)
    skies = all_skies(simulation, looks, draw_story(simulation))
    part = Grid(EPSG, Bounds(TILE.west + 300, TILE.south + 100, TILE.east - 50, TILE.north - 200))
    for look, sky in list(zip(looks, skies, strict=True))[:4]:
        whole, inner = (true_sky(simulation, look, sky, grid) for grid in (WHOLE, part))
        for name in ("cloud", "shadow", "haze", "unseen"):
            np.testing.assert_array_equal(
                getattr(whole, name)[20:230, 30:335], getattr(inner, name)
            )
    with pytest.raises(ValueError, match="inside the simulated tile"):
        true_sky(simulation, looks[0], skies[0], Grid(EPSG, TILE.buffered(100)))
