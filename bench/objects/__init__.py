"""Vessels found on real pixels against boxes that people drew; `python -m bench.objects`."""
