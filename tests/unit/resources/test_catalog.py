"""Which addresses a source may have, and what an API may make us fetch."""

import pytest

from resources.catalog import open_source
from resources.errors import SettingsError
from resources.models import Bounds
from resources.stac_api import StacApi


def test_no_address_means_earth_search() -> None:
    assert open_source(None).name == "earth-search"
    assert open_source("https://earth-search.aws.element84.com/v1/").name == "earth-search"


def test_another_api_is_named_by_its_host() -> None:
    assert open_source("https://stac.example.org/api/v1").name == "stac.example.org"
    assert open_source("http://127.0.0.1:8080/stac").name == "127.0.0.1"


@pytest.mark.parametrize(
    "location",
    [
        "http://stac.example.org/v1",
        "http://127.0.0.1.example.org/v1",
        "ftp://stac.example.org",
        "s3://bucket/catalog.json",
        "file:///catalog.json",
        "https://user:word@stac.example.org/v1",
        "https://stac.example.org/v1?token=word",
        "https:///v1",
        "https://stac.example.org:port/v1",
        "no-such-folder",
        "no-such-folder/catalog.json",
        "",
    ],
)
def test_any_other_address_is_one_clear_error(location: str) -> None:
    with pytest.raises(SettingsError) as error:
        open_source(location)
    assert "word" not in str(error.value)


def test_tiles_of_an_api_lie_on_the_common_lattice() -> None:
    assert open_source(None).lattice(32633, Bounds(15, 45, 16, 46)) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("href", "reason"),
    [
        ("s3://sentinel-s2-l2a/tiles/33/T/WL/B02.jp2", "reader pays"),
        ("file:///etc/passwd", "https"),
        ("/vsizip/x.tif", "https"),
        ("./B02.tif", "https"),
        ("http://example.org/B02.tif", "https"),
        ("https://user:word@example.org/B02.tif", "credentials"),
        ("https://example.org/B02.tif?a=b", "query"),
        ("https://example.org/B02.vrt", "GeoTIFF"),
        ("https://127.0.0.1/B02.tif", "public"),
        ("https://169.254.169.254/B02.tif", "public"),
        ("https://localhost/B02.tif", "public"),
        ("https://db.internal/B02.tif", "public"),
        ("https://example.org/B 02.tif", "blanks"),
        ("https://[bad/B02.tif", "Invalid IPv6"),
    ],
)
def test_an_asset_of_an_api_is_public_https_or_refused(href: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        StacApi("https://example.org/v1", "example")._resolve(href)  # noqa: SLF001


def test_an_asset_on_public_https_is_taken_as_it_is() -> None:
    href = "https://sentinel-cogs.s3.us-west-2.amazonaws.com/33/T/WL/B02.tif"
    assert StacApi("https://example.org/v1", "example")._resolve(href) == href  # noqa: SLF001
