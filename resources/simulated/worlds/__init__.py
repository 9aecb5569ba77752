"""Made-up places drawn by seed, each other than the last, to fit and to check on.

The air base of the demonstration is in `resources.simulated.scenery`.
"""
