"""What Sentinel Hub's answers other than pixels mean: tokens, errors, and costs.

Bytes and headers in, meaning out; nothing is sent from here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, quote_plus

from resources.text import printable_line

MAX_TEXT: Final = 200  # characters of a server's message that ours repeats
TOKEN: Final = re.compile(r"[\x21-\x7e]{1,20000}")  # real ones have about 1500 characters
SHORTEST_LIFE_S: Final = 60.0  # of a token, where the server tells none that can be
LONGEST_LIFE_S: Final = 86_400.0
NO_PERMISSION: Final = "COMMON_INSUFFICIENT_PERMISSIONS"
CREDENTIALS: Final = (
    "check SH_CLIENT_ID and SH_CLIENT_SECRET or the profile of sentinelhub, and whether the OAuth "
    "client is of this deployment and has not expired"
)


class HubError(Exception):
    """Sentinel Hub gave no answer that can be used; the message is a clause that says why."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token; `renew_at` is on the monotonic clock, in seconds."""

    text: str = field(repr=False)
    renew_at: float

    def is_expiring(self, now: float) -> bool:
        """Whether it may no longer be good when a request arrives."""
        return now >= self.renew_at


def parse_token(content: bytes, asked_at: float) -> AccessToken:
    """The token in an answer to a request for one.

    Args:
        content: JSON.
        asked_at: When the request was sent, on the monotonic clock.

    Raises:
        HubError: there is none.
    """
    told = _json_object(content)
    text, life = told.get("access_token"), told.get("expires_in", SHORTEST_LIFE_S)
    if not isinstance(text, str) or not TOKEN.fullmatch(text):
        raise HubError("its answer to a request for a token holds none; try again later")
    is_life = isinstance(life, int | float) and 0 <= life <= LONGEST_LIFE_S
    life_s = float(life) if is_life else SHORTEST_LIFE_S
    margin_s = min(60.0, life_s / 10)  # so that it lives until the request has arrived
    return AccessToken(text=text, renew_at=asked_at + life_s - margin_s)


def units_spent(headers: Mapping[str, str]) -> float | None:
    """Processing units that a request cost; None where the server does not say."""
    text = headers.get("x-processingunits-spent", "")
    return float(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,20})?", text) else None


def refusal_reason(
    status: int, content: bytes, *, secrets: Iterable[str] = (), is_token: bool = False
) -> str:
    """Why a request was refused for good, and what to do, as a clause.

    Args:
        status: Of HTTP.
        content: Body of the answer.
        secrets: Masked in the server's own words, which may repeat what was sent.
        is_token: Whether a token was asked for.
    """
    code, text = _error_message(content)
    # masked before it is made short or is quoted: a part of a secret is no longer found
    text = printable_line(" ".join(mask_secrets(text, secrets).split()), MAX_TEXT)
    said = f", it says {text!r}" if text else ""
    if 300 <= status < 400:  # noqa: PLR2004 - redirects
        return f"it answered with a redirect (HTTP {status}), which is not followed; check its URL"
    if is_token or status == 401:  # noqa: PLR2004 - unauthorized
        return f"it refused the credentials (HTTP {status}){said}; {CREDENTIALS}"
    if status == 403 and code != NO_PERMISSION:  # noqa: PLR2004 - forbidden
        return (
            "the monthly quota of processing units is used up, or the account may not use it "
            f"(HTTP 403){said}; wait for the next month, or ask for more"
        )
    return f"it refused the request (HTTP {status}){said}; check the CRS of the site"


def _error_message(content: bytes) -> tuple[str, str]:
    """Code and message of an error: with and without the wrapper `error`, OAuth's and Catalog's.

    Both as they came.
    """
    told = _json_object(content)
    inner = told.get("error")
    if isinstance(inner, dict):
        told = inner
    texts = (told.get(name) for name in ("message", "description", "error_description", "error"))
    text = next((one for one in texts if isinstance(one, str)), "")
    return str(told.get("code", "")), text


def mask_secrets(text: str, secrets: Iterable[str]) -> str:
    """Text without secrets, however it writes them: plain, quoted, escaped or percent-encoded."""
    forms: set[str] = set()
    for secret in filter(None, secrets):
        both = repr(secret + "'\"")[1:-4]  # as Python quotes it in a text that has both marks
        quoted = {repr(secret)[1:-1], both}
        quoted |= {json.dumps(secret, ensure_ascii=is_ascii)[1:-1] for is_ascii in (True, False)}
        encoded = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
        forms |= {secret, secret.replace(" ", "+"), *quoted, *encoded}
    for form in sorted(forms, key=len, reverse=True):  # a longer one may begin like a shorter one
        text = re.sub(re.escape(form), "***", text, flags=re.IGNORECASE)  # %2F is %2f too
    return text


def _json_object(content: bytes) -> dict[str, Any]:
    """The JSON object; empty where there is none."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
