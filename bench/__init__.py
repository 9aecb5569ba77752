"""Yardsticks: one package or module each, run as `python -m bench.NAME`; no part of the tests.

Every figure that README or docs quote about speed comes from here, by one command. What is
measured lives in the other packages, which import nothing of this one.
"""
