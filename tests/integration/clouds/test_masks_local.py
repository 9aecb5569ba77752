"""What a pixel is told depends on what lies near, on an absolute lattice: on real pixels."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assets.clouds.mask import LookMask, classify_look
from assets.clouds.signs.past_looks import PastLooks, past_plane
from assets.clouds.signs.sun_position import SunPosition
from assets.clouds.signs.windows import MASK_RADIUS_M
from assets.scenes.stack import LookPixels
from bench.masks.watched import watch_folder
from resources.months import Month

pytestmark = pytest.mark.shared
REACH_PX = round(MASK_RADIUS_M / 10)
DAYS = [
    dt.date(2016, 4, 27),
    dt.date(2016, 8, 5),
    dt.date(2016, 12, 3),
    dt.date(2017, 1, 2),
    dt.date(2017, 4, 2),
    dt.date(2017, 4, 12),
]
WHOLE = np.s_[:, :]
DAY_S = 86_400.0


@pytest.fixture(scope="module")
def looks(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> list[LookPixels]:
    """Two years of real looks, in order of time."""
    folder = shared / "real" / "romania"
    site = watch_folder(
        folder / "archive",
        folder / "site" / "romania-road.geojson",
        tmp_path_factory.mktemp("looks"),
        (Month(2015, 8), Month(2017, 4)),
    )
    return [site.reader.look(row) for row in site.rows]


def cut(look: LookPixels, frame: tuple[slice, slice]) -> LookPixels:
    """A look in a smaller frame."""
    return replace(
        look,
        reflectance=look.reflectance[(slice(None), *frame)],
        scl=look.scl[frame],
        is_saturated=look.is_saturated[frame],
    )


def ended(look: LookPixels, frame: tuple[slice, slice]) -> LookPixels:
    """A look of a source that has nothing beyond a frame."""
    beyond = np.ones(look.scl.shape, bool)
    beyond[frame] = False
    return replace(
        look,
        reflectance=np.where(beyond, np.nan, look.reflectance),
        scl=np.where(beyond, 0, look.scl).astype(np.uint8),
    )


def masked(looks: list[LookPixels], day: dt.date) -> LookMask:
    """The mask of a day with all its past."""
    number = [look.sensed_at.date() for look in looks].index(day)
    look = looks[number]
    ages = [(look.sensed_at - one.sensed_at).total_seconds() / DAY_S for one in looks[:number]]
    known = PastLooks([past_plane(one) for one in looks[:number]], ages)
    return classify_look(look, known, sun=SunPosition(latitude_deg=45.2))


def same(
    one: LookMask, other: LookMask, *, of: tuple[slice, slice], at: tuple[slice, slice]
) -> None:
    """Both say the same of a part, which lies elsewhere in each."""
    np.testing.assert_array_equal(one.classes[of], other.classes[at])
    np.testing.assert_allclose(one.clear[of], other.clear[at], atol=2e-4)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_frame_that_ends_elsewhere_changes_nothing_beyond_the_radius(
    looks: list[LookPixels], day: dt.date
) -> None:
    whole = masked(looks, day)
    rows, columns = whole.classes.shape
    for keep_rows, keep_columns in ((72, columns), (rows, 66), (66, 72)):
        part = masked([cut(look, np.s_[:keep_rows, :keep_columns]) for look in looks], day)
        near_end = (
            slice(0, keep_rows - REACH_PX * (keep_rows < rows)),
            slice(0, keep_columns - REACH_PX * (keep_columns < columns)),
        )
        same(whole, part, of=near_end, at=near_end)


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("corner", [(6, 12), (18, 0), (0, 24), (24, 18)], ids=str)
def test_a_frame_moved_on_the_lattice_changes_nothing_beyond_the_radius(
    looks: list[LookPixels], day: dt.date, corner: tuple[int, int]
) -> None:
    down, right = corner
    whole = masked(looks, day)
    moved = masked([cut(look, np.s_[down:, right:]) for look in looks], day)
    inside = np.s_[down + REACH_PX * (down > 0) :, right + REACH_PX * (right > 0) :]
    there = np.s_[REACH_PX * (down > 0) :, REACH_PX * (right > 0) :]
    same(whole, moved, of=inside, at=there)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_source_that_ends_and_a_frame_that_ends_are_the_same(
    looks: list[LookPixels], day: dt.date
) -> None:
    frame = np.s_[:72, :66]
    gone = masked([ended(look, frame) for look in looks], day)
    short = masked([cut(look, frame) for look in looks], day)
    same(gone, short, of=frame, at=WHOLE)
    assert (gone.classes[72:] == 0).all()


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_look_that_shows_nothing_and_the_order_of_looks_change_nothing(
    looks: list[LookPixels], day: dt.date
) -> None:
    now = next(look for look in looks if look.sensed_at.date() == day)
    blind = replace(
        looks[0],
        reflectance=np.full_like(now.reflectance, np.nan),
        scl=np.zeros_like(now.scl),
        sensed_at=now.sensed_at - dt.timedelta(days=2),
    )
    earlier = [look for look in looks if look.sensed_at < now.sensed_at]
    same(masked(looks, day), masked([*earlier[::-1], blind, now], day), of=WHOLE, at=WHOLE)
