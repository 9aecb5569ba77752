"""Stage 3: how each zone compares with its own past."""
