"""Blocks of other ground set into real scenes, and taken out: whether the product finds them."""
