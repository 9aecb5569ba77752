"""Where scenes are searched and read: `open` leads from a name or address to a source.

What every source can do is said in `resources.source`.
"""
