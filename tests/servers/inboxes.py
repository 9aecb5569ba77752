"""Receivers of notifications on this machine: a webhook over HTTP and a mail server.

They keep what they were given; how they answer is the test's business.
"""

import base64
import email
import email.policy
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from servers.handlers import Quiet, running
from servers.ports import free_ports


@dataclass
class Inbox:
    """What a receiver got.

    Attributes:
        url: of the server, `http://127.0.0.1:port` or `127.0.0.1:port`.
        messages: bodies of posts as JSON, or mails, in the order of arrival.
        answers: called with the number of each message, from 1; gives the status to answer, or
            None to break the connection without an answer. The message is kept in any case.
    """

    url: str = ""
    messages: list = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    answers: Callable[[int], int | None] = lambda _: 200
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, message: object) -> int | None:
        """Keep a message; the status to answer."""
        with self.lock:
            self.messages.append(message)
            number = len(self.messages)
        return self.answers(number)

    @property
    def titles(self) -> list[str]:
        """Titles of posts, in order."""
        return [message["title"] for message in self.messages]


@contextmanager
def webhook() -> Iterator[Inbox]:
    """A server that takes what Apprise's json:// posts."""
    inbox = Inbox()

    class Hook(Quiet):
        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            inbox.paths.append(self.path)
            status = inbox.put(message)
            if status is None:
                self.close_connection = True
            else:
                self.give(b"{}", status=status)

    with running(Hook) as url:
        inbox.url = url
        yield inbox


class _Keeper:
    """aiosmtpd asks it what to do with a mail."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        status = self.inbox.put(mail)
        if status is None:
            server.transport.close()
            return "421 gone"
        return "250 taken" if status == 200 else f"{status} not this one"


@contextmanager
def mail_server() -> Iterator[Inbox]:
    """An SMTP server that takes any mail."""
    inbox = Inbox()
    controller = Controller(_Keeper(inbox), hostname="127.0.0.1", port=free_ports(1)[0])
    controller.start()
    try:
        inbox.url = f"127.0.0.1:{controller.port}"
        yield inbox
    finally:
        controller.stop()


def pictures(message: object) -> list[bytes]:
    """Pictures of a mail or of a post."""
    if isinstance(message, EmailMessage):
        parts = [part for part in message.walk() if part.get_content_type() == "image/png"]
        return [part.get_payload(decode=True) for part in parts]
    return [base64.b64decode(one["base64"]) for one in message["attachments"]]
