"""What is asked of the lake, by who asks it.

Nothing is written here.
"""
