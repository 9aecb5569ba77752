"""The operator's file of receivers: read and checked, with one clear error for each mistake.

Nothing here sends anything, and no error repeats a value that may be secret.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from resources.errors import SettingsError
from resources.models import SLUG
from resources.notify.receivers import (
    NEWS_DAYS,
    MinimumStatus,
    NoticeReceiver,
    QuietHours,
    Receivers,
    WeeklySlot,
)

Secrets = Callable[[str], str | None]
"""Gives the value of an environment variable."""

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
VARIABLE: Final = re.compile(r"SITEWATCH_[A-Z0-9_]{1,60}")
HOURS: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
SLOT: Final = re.compile(r"([a-z]+) ([01]\d|2[0-3]):([0-5]\d)")
DAYS: Final = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
STATUSES: Final[tuple[MinimumStatus, ...]] = ("possible", "confirmed")
DEFAULT_DIGEST: Final = "monday 07:00"
MAX_BYTES: Final = 200_000  # a file of a thousand receivers is smaller
FIELDS: Final = {
    "": {"link", "news_days", "target"},
    "target": {
        "name", "url", "url_variable", "minimum_status", "sites", "timezone", "quiet_hours",
        "digest",
    },
}  # fmt: skip


def read_receivers(file: Path | None, secrets: Secrets) -> Receivers:
    """The receivers of a TOML file; none where no file is configured.

    Args:
        file: see `docs/notifications.md`.
        secrets: gives the value of a variable that the file names.

    Raises:
        SettingsError: naming file, receiver, field and remedy; never a value that may be secret.
    """
    if file is None:
        return Receivers()
    content = _toml_content(file)
    _refuse_unknown(content, FIELDS[""], f"{file}")
    drafts = content.get("target", [])
    if not isinstance(drafts, list) or not all(isinstance(one, dict) for one in drafts):
        raise SettingsError(f"{file}: target must be tables; begin each with [[target]].")
    targets = [
        _read_receiver(one, f"{file}: target {n}", secrets) for n, one in enumerate(drafts, 1)
    ]
    for name, count in Counter(target.name for target in targets).items():
        if count > 1:
            raise SettingsError(f"{file}: name {name!r} is there {count} times; rename one.")
    return Receivers(
        targets={target.name: target for target in targets},
        link=_checked_link(content, str(file)),
        news_days=_news_days(content, str(file)),
        file=file,
    )


def _toml_content(file: Path) -> dict[str, object]:
    try:
        data = file.read_bytes()[: MAX_BYTES + 1]
    except OSError as cause:
        raise SettingsError(
            f"{file}: cannot be read ({cause.strerror}); correct SITEWATCH_NOTIFY or the file."
        ) from cause
    if len(data) > MAX_BYTES:
        raise SettingsError(f"{file}: is larger than {MAX_BYTES} bytes; name the right file.")
    try:
        return tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        # The parser may quote a piece of the file, and the file holds secrets: the place only.
        place = re.search(r"at line \d+, column \d+|at end of document", str(cause))
        where = f" {place.group()}" if place else ""
        raise SettingsError(f"{file}: is no TOML{where}; mend it there.") from None


def _read_receiver(draft: dict[str, object], where: str, secrets: Secrets) -> NoticeReceiver:
    _refuse_unknown(draft, FIELDS["target"], where)
    name = _text_field(draft, "name", where)
    if name is None or not NAME.fullmatch(name):
        raise SettingsError(
            f"{where}: name must be up to 40 small letters, digits and hyphens, since it is stored "
            "and shown; write one like 'desk-mail'."
        )
    where = f"{where} ({name})"
    return NoticeReceiver(
        name=name,
        address=_receiver_address(draft, where, secrets),
        minimum_status=_minimum_status(draft, where),
        sites=_site_ids(draft, where),
        timezone=_receiver_timezone(draft, where),
        quiet=_quiet_hours(draft, where),
        digest=_digest_slot(draft, where),
    )


def _receiver_address(draft: dict[str, object], where: str, secrets: Secrets) -> str:
    """The secret itself, from the file or from the variable that it names."""
    url, variable = _text_field(draft, "url", where), _text_field(draft, "url_variable", where)
    if (url is None) == (variable is None):
        raise SettingsError(
            f"{where}: either url or url_variable must be set, found "
            f"{'neither' if url is None else 'both'}; set one."
        )
    if variable is None:
        address, field_name = str(url), "url"
    else:
        if not VARIABLE.fullmatch(variable):
            raise SettingsError(
                f"{where}: url_variable must be the name of a variable that begins with SITEWATCH_;"
                " an address itself belongs into url."
            )
        found = secrets(variable)
        if found is None:
            raise SettingsError(f"{where}: url_variable names {variable}, which is unset; set it.")
        address, field_name = found, variable
    if not re.match(r"[a-z0-9]+://\S+$", address):
        raise SettingsError(
            f"{where}: {field_name} must hold one Apprise URL, like 'mailtos://user:password@host';"
            " correct it (it is not repeated here, being secret)."
        )
    return address


def _minimum_status(draft: dict[str, object], where: str) -> MinimumStatus:
    text = _text_field(draft, "minimum_status", where) or "confirmed"
    for status in STATUSES:
        if text == status:
            return status
    raise SettingsError(
        f"{where}: minimum_status must be possible or confirmed, found {text[:40]!r}; correct it."
    )


def _site_ids(draft: dict[str, object], where: str) -> frozenset[str]:
    found = draft.get("sites", [])
    if not isinstance(found, list) or not all(
        isinstance(one, str) and SLUG.fullmatch(one) for one in found
    ):
        raise SettingsError(
            f"{where}: sites must be a list of site ids, like ['khmeimim']; `sitewatch status` "
            "lists them. Leave it out for all."
        )
    return frozenset(found)


def _receiver_timezone(draft: dict[str, object], where: str) -> ZoneInfo:
    text = _text_field(draft, "timezone", where) or "UTC"
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(
            f"{where}: timezone must be a name of the IANA list, like 'Europe/Berlin', found "
            f"{text[:40]!r}; correct it."
        ) from None


def _quiet_hours(draft: dict[str, object], where: str) -> QuietHours | None:
    text = _text_field(draft, "quiet_hours", where)
    if text is None:
        return None
    match = HOURS.fullmatch(text)
    if match is None or match.group(1, 2) == match.group(3, 4):
        raise SettingsError(
            f"{where}: quiet_hours must be two different times, like '22:00-07:00', found "
            f"{text[:40]!r}; correct it."
        )
    first, second, third, fourth = map(int, match.groups())
    return QuietHours(dt.time(first, second), dt.time(third, fourth))


def _digest_slot(draft: dict[str, object], where: str) -> WeeklySlot | None:
    text = (_text_field(draft, "digest", where) or DEFAULT_DIGEST).lower()
    if text == "none":
        return None
    match = SLOT.fullmatch(text)
    if match is None or match.group(1) not in DAYS:
        raise SettingsError(
            f"{where}: digest must be a day and a time, like 'monday 07:00', or 'none', found "
            f"{text[:40]!r}; correct it."
        )
    return WeeklySlot(DAYS.index(match.group(1)), dt.time(int(match.group(2)), int(match.group(3))))


def _checked_link(content: dict[str, object], where: str) -> str | None:
    text = _text_field(content, "link", where)
    if text is None:
        return None
    parts = urlsplit(text)
    is_plain = not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in ("http", "https") or not parts.hostname or not is_plain:
        raise SettingsError(
            f"{where}: link must be an address like 'https://watch.example.org', without user, "
            "query or fragment, since it stands in every message; correct it."
        )
    if re.search(r"[\s<>\"'`\\]", text):
        raise SettingsError(f"{where}: link holds a character that no address has; correct it.")
    return text.rstrip("/")


def _news_days(content: dict[str, object], where: str) -> int:
    days = content.get("news_days", NEWS_DAYS)
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 3650:  # noqa: PLR2004 - ten years
        raise SettingsError(
            f"{where}: news_days must be a whole number from 1 to 3650; correct it."
        )
    return days


def _text_field(table: dict[str, object], name: str, where: str) -> str | None:
    """A text; None if it is not there. What was found instead is not repeated."""
    value = table.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise SettingsError(f"{where}: {name} must be a text in quotes; write one or leave it out.")
    return value.strip()


def _refuse_unknown(table: dict[str, object], known: set[str], where: str) -> None:
    """A misspelt field would be without effect, and nobody would know."""
    unknown = sorted(set(table) - known)
    if unknown:
        shown = ", ".join(repr(name[:40]) for name in unknown[:3])
        raise SettingsError(
            f"{where}: has no field {shown}; it may have {', '.join(sorted(known))}."
        )
