"""The offset rule as a table: what flag, baseline and declared offset lead to together."""

import datetime as dt

import pytest
from shapely.geometry import box

from assets.scenes.offsets import decide_offset
from resources.models import REFLECTANCE_BANDS, BandAsset, Item


def item_with(
    flag: bool | None = None,  # noqa: FBT001 - three states of a field
    baseline: str | None = None,
    declared: float | None = None,
    scale: float | None = 1e-4,
    **odd_offsets: float,
) -> Item:
    bands = {
        name: BandAsset(name, "x.tif", scale=scale, offset=odd_offsets.get(name, declared))
        for name in REFLECTANCE_BANDS
    }
    return Item(
        item_id="x",
        collection="sentinel-2-l2a",
        source="here",
        platform="sentinel-2a",
        sensed_at=dt.datetime(2023, 1, 1, tzinfo=dt.UTC),
        footprint=box(0, 0, 1, 1),
        bands={**bands, "scl": BandAsset("scl", "scl.tif")},
        attribution="",
        is_offset_applied=flag,
        processing_baseline=baseline,
    )


@pytest.mark.parametrize(
    ("flag", "baseline", "declared", "offset_dn", "source", "is_conflict"),
    [
        # Earth Search l2a, already subtracted: what it declares is known to be untrue
        (True, "05.09", -0.1, 0, "flag", False),
        (True, "04.00", 0.0, 0, "flag", False),
        # Earth Search l2a, not subtracted
        (False, "04.00", -0.1, -1000, "baseline", False),
        (False, "04.00", 0.0, -1000, "baseline", True),
        # c1: no flag
        (None, "05.10", -0.1, -1000, "baseline", False),
        (None, "05.00", None, -1000, "baseline", False),
        # somebody harmonised, or somebody forgot
        (None, "05.09", 0.0, 0, "declared", True),
        # the value is read, not assumed
        (None, "04.00", -0.7, -7000, "declared", True),
        # before 04.00 there is none
        (False, "03.01", 0.0, 0, "baseline", False),
        (None, "02.14", None, 0, "baseline", False),
        (None, "00.01", -0.1, 0, "baseline", True),
        (True, "03.01", 0.0, 0, "flag", True),
        # nothing but a declared value, or nothing at all
        (None, None, 0.0, 0, "declared", False),
        (None, None, -0.1, -1000, "declared", False),
        (None, None, None, 0, "not_declared", False),
    ],
)
def test_the_offset_follows_the_rule(
    flag: bool | None,  # noqa: FBT001 - three states of a field
    baseline: str | None,
    declared: float | None,
    offset_dn: int,
    source: str,
    is_conflict: bool,  # noqa: FBT001 - a table's column
) -> None:
    decision = decide_offset(item_with(flag, baseline, declared))
    assert (decision.offset_dn, decision.source) == (offset_dn, source)
    assert decision.is_conflict is is_conflict
    assert decision.scale == 1e-4


def test_bands_that_declare_different_offsets_are_a_conflict() -> None:
    decision = decide_offset(item_with(None, "05.10", -0.1, blue=0.0))
    assert decision.offset_dn == -1000
    assert decision.is_conflict


def test_a_declared_scale_is_used_and_a_missing_one_is_the_usual() -> None:
    assert decide_offset(item_with(declared=-0.1, scale=2e-4)).offset_dn == -500
    assert decide_offset(item_with(scale=None)).scale == 1e-4
