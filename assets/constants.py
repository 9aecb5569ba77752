"""Numbers of nature and of statistics that several stages need."""

from typing import Final

YEAR_DAYS: Final = 365.25
MAD_TO_SIGMA: Final = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""
