"""What stands on the made-up air base, when, and what the ground looks like.

Light, clouds and files are made elsewhere.
"""
