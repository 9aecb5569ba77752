"""Dagster's warnings about its own new features, kept out of tables and tests.

Imports nothing, so that it can be called before Dagster is imported, in workers too.
"""

from __future__ import annotations

import warnings


def hush() -> None:
    """Ignore that Dagster calls some of what we use new."""
    warnings.filterwarnings("ignore", message=".* is currently in (beta|preview)")
