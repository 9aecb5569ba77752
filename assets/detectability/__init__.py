"""What a zone could have shown: objects planted in its own looks, and how often they are found.

A stage of its own after activity; no alert rests on it.
"""
