"""Yardstick of the expectation: speed and soundness of the robust fit, and ten years of a site."""
