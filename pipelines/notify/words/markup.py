"""A notice as its parts, and the parts as plain text, HTML or Markdown.

Every name in it comes from a watch list and is hostile: it is text in each of the three.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from resources.notify.receivers import Style

Kind = Literal["paragraph", "strong", "item", "link"]

NO_MENTION: Final = "@\u200b"
"""An @ that calls nobody: chat services look for @everyone and the like in the raw message."""
MARKS: Final = re.compile(r"[\\`*_~\[\]()<>|#&!{}]")
"""Characters that mean something in CommonMark or in a dialect of it."""
LINE_START: Final = re.compile(r"^([-+=]|\d+(?=[.)]))")
TITLE_MAX: Final = 150
SHORTEST: Final = 120  # characters to which a sentence is cut at most


@dataclass(frozen=True, slots=True)
class NoticePart:
    """A piece of a notice on lines of its own."""

    text: str
    kind: Kind = "paragraph"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a receiver is told, whatever its service shows."""

    title: str
    parts: tuple[NoticePart, ...]


def one_line(text: str) -> str:
    """A text without line breaks, control characters and marks that turn the writing round."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def shorten_text(text: str, most: int) -> str:
    """A text of at most so many characters; says so where it is cut."""
    return text if len(text) <= most else text[: most - 3].rstrip() + "..."


def subject_line(notice: Notice) -> str:
    """The subject: one line; services show it as it is."""
    return shorten_text(one_line(notice.title), TITLE_MAX).replace("@", NO_MENTION)


def message_body(notice: Notice, style: Style, most: int) -> str:
    """The message in a service's own format, in so many characters at most.

    Services cut or refuse what is too long, and the line of attribution stands at the end: here
    the last items of a list go first, with a word about it, then the longest sentences are cut.
    """
    parts, left_out = list(notice.parts), 0
    most -= len(subject_line(notice)) + 2  # some services show it as the first line of the message
    while len(_render_parts(parts, style, left_out)) > most:
        items = [place for place, part in enumerate(parts) if part.kind == "item"]
        if len(items) > 1:
            del parts[items[-1]]
            left_out += 1
            continue
        longest = max(range(len(parts)), key=lambda place: len(parts[place].text))
        text = parts[longest].text
        if len(text) <= SHORTEST:
            break
        cut = shorten_text(text, max(SHORTEST, len(text) * 3 // 4))
        parts[longest] = NoticePart(cut, parts[longest].kind)
    return _render_parts(parts, style, left_out)


def paragraph_parts(texts: Sequence[str]) -> list[NoticePart]:
    """Parts of the texts that say something."""
    return [NoticePart(text) for text in texts if text]


def _render_parts(parts: Sequence[NoticePart], style: Style, left_out: int) -> str:
    """The parts one below the other, with a word about what was left out."""
    note = (
        [NoticePart(f"{left_out} more are left out here; they are in the lake.")]
        if left_out
        else []
    )
    shown = [_SHOW[style](NoticePart(one_line(part.text), part.kind)) for part in [*parts, *note]]
    return ("\n" if style == "html" else "\n\n").join(shown)


def _as_text(part: NoticePart) -> str:
    return f"- {part.text}" if part.kind == "item" else part.text


def _as_html(part: NoticePart) -> str:
    text = html.escape(part.text)
    if part.kind == "link":
        return f'<p><a href="{text}">{text}</a></p>'
    inner = {"strong": f"<b>{text}</b>", "item": f"&bull; {text}"}.get(part.kind, text)
    return f"<p>{inner}</p>"


def _as_markdown(part: NoticePart) -> str:
    if part.kind == "link":
        return f"<{part.text}>"
    text = LINE_START.sub(r"\\\1", MARKS.sub(r"\\\g<0>", part.text))
    text = re.sub(r"^\\(\d+)", r"\1\\", text)  # the mark of a numbered line is its dot
    text = text.replace("@", NO_MENTION)
    return {"strong": f"**{text}**", "item": f"- {text}"}.get(part.kind, text)


_SHOW: Final = {"text": _as_text, "html": _as_html, "markdown": _as_markdown}
