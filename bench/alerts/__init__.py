"""The yardstick of alerts: what is found, how soon, and how often nothing was there."""
