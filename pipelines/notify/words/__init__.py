"""What is told, when, and in which words.

Pure: nothing is read or sent here.
"""
