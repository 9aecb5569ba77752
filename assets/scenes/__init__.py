"""Stage 1: which looks exist, and the site's own pixels of each."""
