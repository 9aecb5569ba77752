"""What headers of answers mean, odd ones too."""

import pytest

from resources.http.responses import retry_after


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", None),
        ("7", 7.0),
        ("soon", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Sun, 06 Nov 99999999999999999999 08:49:37 GMT", None),
        ("Sun, 06 Nov 0000 08:49:37 GMT", 0.0),
        ("Sun, 99 Nov 1994 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49:37 +99999999999999999999", None),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0.0),
        ("\0" * 100, None),
        ("," * 1000, None),
        ("1" * 400, None),
    ],
)
def test_a_pause_is_understood_or_none(text: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": text}) == seconds
