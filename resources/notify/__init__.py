"""Receivers of notices, and the service that sends to them.

What is told, and when, is decided in `pipelines.notify`.
"""
