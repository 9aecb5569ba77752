"""Receivers as Apprise's services: opened from their secret address, and sent to.

What Apprise and its libraries log holds addresses, and those hold secrets: while they work for us
nothing that they log gets anywhere. It is read here, for what the receiver answered, and dropped.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from apprise import Apprise, AppriseAsset, AppriseAttachment, NotifyFormat
from apprise.attachment.memory import AttachMemory
from apprise.plugins.base import NotifyBase

from resources.errors import SettingsError
from resources.notify.receivers import NoticeReceiver, Style

SERVICE_SECONDS: Final = 60.0
"""Then a receiver that has not answered is left; whether it got the message is not known."""
APP: Final = "sitewatch"
ANSWERED: Final = re.compile(r"\berror=([1-5]\d\d)\b")
"""How Apprise's services word the status of an answer over HTTP."""
GATEWAYS: Final = ("502", "504")
"""A server between says so when it does not know what the receiver did."""
NOT_REACHED: Final = re.compile(
    r"NewConnectionError|ConnectionRefusedError|Connection refused|NameResolutionError|"
    r"Name or service not known|No address associated|Temporary failure in name resolution|"
    r"ConnectTimeoutError|Network is unreachable|No route to host"
)
SMTP_ANSWER: Final = re.compile(r"Socket Exception: \((\d{3}), ")

_heard: ContextVar[list[logging.LogRecord] | None] = ContextVar("heard", default=None)


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """What became of an attempt.

    Attributes:
        is_sent: the receiver took the message.
        may_have_arrived: it did not say so, and may have it all the same.
        error: what went wrong, in words of ours; None where nothing did.
        is_refusal: the receiver answered, and would not have this message.
    """

    is_sent: bool
    may_have_arrived: bool = False
    error: str | None = None
    is_refusal: bool = False


@dataclass(frozen=True, slots=True)
class ReceiverService:
    """A receiver that can be sent to; `style` is what it shows, in so many characters at most."""

    target: NoticeReceiver
    style: Style
    most: int
    plugin: NotifyBase = field(repr=False)


class _LogCapture(logging.Filter):
    """Keeps back what is logged in a context that listens; lets all else pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether others may see the record."""
        heard = _heard.get()
        if heard is None:
            return True
        heard.append(record)
        return False


HUSH: Final = _LogCapture()


@contextmanager
def captured_logs() -> Iterator[list[logging.LogRecord]]:
    """Nothing that is logged inside, in this thread or one that Apprise starts, gets anywhere.

    The filter stands before every logger that there is, and before their handlers for loggers that
    come later. Other threads go on logging as they did.

    Yields:
        The records, for whoever knows how to read them without repeating them.
    """
    names = list(logging.root.manager.loggerDict)
    loggers = [logging.getLogger(), *map(logging.getLogger, names)]
    for one in loggers:
        one.addFilter(HUSH)
        for handler in one.handlers:
            handler.addFilter(HUSH)
    logging.getLogger("apprise").setLevel(logging.DEBUG)  # says there why a connection failed
    heard: list[logging.LogRecord] = []
    token = _heard.set(heard)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of certificates, with the host
            yield heard
    finally:
        _heard.reset(token)


def open_service(target: NoticeReceiver, *, where: str) -> ReceiverService:
    """A receiver's service.

    Args:
        target: the receiver.
        where: file and variable it came from, for the message.

    Raises:
        SettingsError: Apprise cannot use the address, or it stands for several messages.
    """
    with captured_logs():
        asset = AppriseAsset(
            app_id=APP, app_desc=APP, async_mode=False, service_timeout=SERVICE_SECONDS
        )
        plugin = Apprise.instantiate(target.address, asset=asset)
    if not isinstance(plugin, NotifyBase):
        raise SettingsError(
            f"{where}: url of target {target.name!r} must be an address that Apprise can use; "
            "compare it with https://github.com/caronc/apprise/wiki (it is not repeated here, "
            "being secret)."
        )
    if len(plugin) != 1:
        raise SettingsError(
            f"{where}: url of target {target.name!r} must stand for one receiver and one attempt, "
            f"found {len(plugin)}, of which some could get a message twice; make each receiver a "
            "target of its own and leave out retry=."
        )
    return ReceiverService(target, _service_style(plugin), int(plugin.body_maxlen), plugin)


def send_message(
    service: ReceiverService, title: str, body: str, pictures: Sequence[tuple[str, bytes]] = ()
) -> SendOutcome:
    """One attempt to send a message; never raises for what a receiver does.

    Args:
        service: the receiver.
        title: one line.
        body: in the style of the service.
        pictures: file names and PNG.
    """
    with captured_logs() as heard:
        try:
            is_sent = _notify_receiver(service, title, body, pictures)
        except Exception as problem:  # noqa: BLE001 - of any service; its words may hold the address
            return SendOutcome(
                is_sent=False, may_have_arrived=True, error=f"failed with {type(problem).__name__}"
            )
    return SendOutcome(is_sent=True) if is_sent else outcome_from_log(heard)


def outcome_from_log(heard: Sequence[logging.LogRecord]) -> SendOutcome:
    """What Apprise's log of a failed attempt tells: refused, never reached, or not known.

    Where the log does not say for sure that nothing arrived, it may have.
    """
    texts = [_record_text(record) for record in heard]
    is_partly_sent = any(
        record.levelno == logging.INFO and text.startswith("Sent ")
        for record, text in zip(heard, texts, strict=True)
    )
    joined = "\n".join(texts)
    if (answer := ANSWERED.search(joined)) is not None:
        code = answer.group(1)
        return SendOutcome(
            is_sent=False,
            may_have_arrived=is_partly_sent or code in GATEWAYS,
            error=f"the receiver answered with error {code}",
            is_refusal=code.startswith("4"),
        )
    if (refusal := SMTP_ANSWER.search(joined)) is not None:
        code = refusal.group(1)
        return SendOutcome(
            is_sent=False,
            may_have_arrived=is_partly_sent,
            error=f"the mail server answered with error {code}",
            is_refusal=code.startswith("5"),
        )
    if NOT_REACHED.search(joined):
        return SendOutcome(
            is_sent=False, may_have_arrived=is_partly_sent, error="the receiver cannot be reached"
        )
    return SendOutcome(
        is_sent=False, may_have_arrived=True, error="the receiver gave no clear answer"
    )


def _notify_receiver(
    service: ReceiverService, title: str, body: str, pictures: Sequence[tuple[str, bytes]]
) -> bool:
    """Whether the receiver took it; in time, or Apprise stops waiting."""
    attached = AppriseAttachment()
    for name, content in pictures:
        picture = AttachMemory(content=content, name=name, mimetype="image/png")  # type: ignore[no-untyped-call]  # Apprise's
        attached.add(picture)
    sender = Apprise(asset=service.plugin.asset)
    sender.add(service.plugin)
    result = sender.notify(
        title=title,
        body=body,
        body_format=NotifyFormat(service.style),
        attach=attached if pictures else None,
    )
    return bool(result)


def _service_style(plugin: NotifyBase) -> Style:
    """What the service shows, as it likes it best.

    One that takes text and Markdown alone shows text as Markdown too, as Discord does: there a
    name has to be escaped to be text.
    """
    liked = plugin.resolve_format()
    takes = {one for one in NotifyFormat if plugin.resolve_format(one) == one}
    if liked == NotifyFormat.HTML:
        return "html"
    if liked == NotifyFormat.MARKDOWN or takes == {NotifyFormat.TEXT, NotifyFormat.MARKDOWN}:
        return "markdown"
    return "text"


def _record_text(record: logging.LogRecord) -> str:
    """What a record says; a service's mistake in wording it is none of ours."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return str(record.msg)
