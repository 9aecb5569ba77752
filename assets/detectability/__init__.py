"""What a zone could have shown: objects planted in its own chips, and how often they are found.

A stage of its own, after activity.
"""
