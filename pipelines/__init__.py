"""When and how the watch runs: jobs, schedules, sensors, definitions and the command."""
