"""Telling receivers of alerts: what, when and in which words; then claim, send and settle.

Sending itself is in `resources.notify`.
"""
