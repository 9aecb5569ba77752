"""Anomalies: from stored series to alerts, their log and a site's course.

This folder itself is the stage; the tests and the words are in the folders below.
"""
