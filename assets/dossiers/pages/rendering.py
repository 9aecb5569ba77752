"""Templates to pages: everything from a row is escaped, and a policy forbids what is not ours.

A page holds its one style, its one script and its pictures, and its Content-Security-Policy names
style and script by their hashes; so it opens from anywhere and loads nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

PACKAGE: Final = "assets.dossiers.pages"


def render_page(template: str, context: Mapping[str, Any]) -> bytes:
    """Render a template to a page.

    Args:
        template: name of a file in `templates`.
        context: what the page shows; text is escaped, `Markup` was made by us.

    Returns:
        HTML, UTF-8.

    Raises:
        jinja2.TemplateNotFound: there is no such template.
        jinja2.UndefinedError: `context` lacks a name that the template shows.
    """
    style, script = _template_source("dossier.css"), _template_source("dossier.js")
    text = (
        _jinja_environment()
        .get_template(template)
        .render(
            **context,
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            policy=content_security_policy(style, script),
        )
    )
    return text.encode()


def content_security_policy(style: str, script: str) -> str:
    """What a page may load: pictures inside it, its own style and script, and nothing else.

    Source:
        W3C, Content Security Policy Level 3, https://www.w3.org/TR/CSP3/; held by
        tests/unit/assets/dossiers/test_pictures.py.
    """
    return (
        "default-src 'none'; img-src data:; "
        f"style-src 'sha256-{_base64_sha256(style)}'; script-src "
        f"'sha256-{_base64_sha256(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def data_uri(data: bytes | None, media_type: str) -> str | None:
    """A picture as an address that holds it; None for none.

    Source:
        The "data" URL scheme: RFC 2397, https://www.rfc-editor.org/rfc/rfc2397.
    """
    return None if data is None else f"data:{media_type};base64,{base64.b64encode(data).decode()}"


@lru_cache(maxsize=1)
def layout_hash() -> str:
    """Hash of templates, style and script: pages are made anew when these change."""
    names = sorted(
        one.name for one in files(PACKAGE).joinpath("templates").iterdir() if one.is_file()
    )
    return hashlib.sha256("".join(map(_template_source, names)).encode()).hexdigest()[:16]


def _base64_sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@lru_cache(maxsize=16)
def _template_source(name: str) -> str:
    return files(PACKAGE).joinpath("templates", name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _jinja_environment() -> Environment:
    return Environment(
        loader=PackageLoader(PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
