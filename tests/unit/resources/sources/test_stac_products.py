"""Laws of names: a product's name is taken apart exactly, or is no name."""

import datetime as dt

import pytest

from resources.sources.stac.fields import UnusableItem
from resources.sources.stac.products import (
    datastrip_start,
    datatake_start,
    parse_product_name,
    relative_orbit_in,
    tile_made_at,
)

NAME = "S2B_MSIL2A_20210122T133229_N0214_R081_T22HBD_20210122T155500"


def utc(*numbers: int) -> dt.datetime:
    return dt.datetime(*numbers, tzinfo=dt.UTC)


def test_a_name_tells_its_parts_with_and_without_safe() -> None:
    product = parse_product_name(NAME)
    assert product is not None
    assert product == parse_product_name(f"{NAME}.SAFE")
    assert (product.name, product.platform, product.level) == (NAME, "sentinel-2b", "L2A")
    assert product.datatake_at == utc(2021, 1, 22, 13, 32, 29)
    assert product.discriminator_at == utc(2021, 1, 22, 15, 55)
    assert (product.baseline, product.relative_orbit, product.mgrs_tile) == ("02.14", 81, "22HBD")


@pytest.mark.parametrize(
    "text",
    [
        None,
        7,
        "",
        NAME.lower(),
        f"{NAME}.zip",
        f"{NAME}\n",
        f"../{NAME}",
        NAME.replace("_N0214", ""),  # as the Planetary Computer names its items
        NAME.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)}),
        "S2A_OPER_PRD_MSIL2A_PDMC_20161202T000000_R122",
    ],
)
def test_what_is_not_exactly_a_name_is_none(text: object) -> None:
    assert parse_product_name(text) is None


@pytest.mark.parametrize(
    ("old", "new"), [("R081", "R144"), ("R081", "R000"), ("20210122T133229", "20211322T133229")]
)
def test_a_name_whose_parts_cannot_be_is_refused(old: str, new: str) -> None:
    with pytest.raises(UnusableItem):
        parse_product_name(NAME.replace(old, new))


def test_identifiers_tell_their_times() -> None:
    strip = "S2B_OPER_MSI_L2A_DS_VGS2_20210122T155500_S20210122T133224_N02.14"
    tile = "S2B_OPER_MSI_L2A_TL_VGS2_20210122T155500_A020270_T22HBD_N02.14"
    assert datatake_start("GS2B_20210122T133229_020270_N02.14") == utc(2021, 1, 22, 13, 32, 29)
    assert datastrip_start(strip) == utc(2021, 1, 22, 13, 32, 24)
    assert tile_made_at(tile) == utc(2021, 1, 22, 15, 55)
    assert datatake_start(strip) is datastrip_start(tile) is tile_made_at(None) is None


@pytest.mark.parametrize(
    ("platform", "absolute", "relative"),
    [
        ("sentinel-2b", 20270, 81),
        ("sentinel-2a", 41826, 73),
        ("sentinel-2a", 140 + 143 * 20, 143),
        ("sentinel-2a", 141 + 143 * 20, 1),
        ("sentinel-2a", 52_000, None),  # after it was moved along its orbit
        ("sentinel-2c", 8996, None),  # one product is no proof
        ("sentinel-2d", 20270, None),
    ],
)
def test_the_relative_orbit_follows_from_the_absolute_one_where_that_was_verified(
    platform: str, absolute: int, relative: int | None
) -> None:
    datatake = f"G{platform[0].upper()}2A_20210122T133229_{absolute:06d}_N02.14"
    tile = f"S2A_OPER_MSI_L2A_TL_VGS2_20210122T155500_A{absolute:06d}_T22HBD_N02.14"
    assert relative_orbit_in(platform, datatake, None) == relative
    assert relative_orbit_in(platform, None, tile) == relative
    assert relative_orbit_in(platform, None, None) is None
