"""What Dagster starts by itself: jobs, schedules, sensors, and what they find due.

The stages themselves are in `assets`.
"""
