"""Masks against labels and against the truth of the simulated air base."""
