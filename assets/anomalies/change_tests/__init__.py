"""Tests of series for change at a stated rate of false alarms: of a zone, a site, a witness.

What an alarm means is told in the folder `alerts`.
"""
