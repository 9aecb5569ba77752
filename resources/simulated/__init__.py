"""Seeded scenes of a made-up air base with a known truth, written as an ordinary STAC archive."""
