"""How the ground of a drawn world looks on a day.

What lies where is in `plan`.
"""
