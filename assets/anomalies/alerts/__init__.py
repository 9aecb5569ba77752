"""Alerts: when each opens, is confirmed and ends, what may have caused it, and its words.

The tests themselves are in `change_tests`.
"""
