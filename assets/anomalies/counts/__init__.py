"""Counts: what a series of counted things per cell should show, and how far it departs."""
