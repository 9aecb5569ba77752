"""Stage 2: what could be seen of a site."""
