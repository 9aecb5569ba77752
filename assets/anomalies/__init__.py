"""Stage 4: which changes are unusual, as alerts with their evidence."""
