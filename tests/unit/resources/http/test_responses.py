"""What answers mean: worth another try or not, and with which pause."""

import pytest

from resources.http.allowlist import FetchAllowlist
from resources.http.responses import RemoteRefused, RequestInterrupted, parse_range_response

TARGET = FetchAllowlist(hosts=frozenset({"example.org"})).target("https://example.org/a.tif")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_told_with_the_pause_that_is_asked_for(status: int) -> None:
    with pytest.raises(RequestInterrupted, match=str(status)) as caught:
        parse_range_response(TARGET, status, {"Retry-After": "7"}, start=0, stop=10)
    assert caught.value.pause_s == 7.0


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410, 416, 501, 505])
def test_what_would_be_the_same_again_is_refused(status: int) -> None:
    with pytest.raises(RemoteRefused, match=str(status) if status != 416 else "ends before"):
        parse_range_response(TARGET, status, {"Retry-After": "7"}, start=0, stop=10)


def test_a_part_is_what_the_server_says_that_it_is() -> None:
    headers = {"Content-Range": "bytes 10-19/400", "ETag": '"a"'}
    body = parse_range_response(TARGET, 206, headers, start=10, stop=20)
    assert (body.start, body.stop, body.version.size, body.version.tag) == (10, 20, 400, '"a"')
