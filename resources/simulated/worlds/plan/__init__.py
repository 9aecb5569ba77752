"""What a drawn world has: its plan, its zones, its nature, its story, its looks.

Nothing is painted here.
"""
