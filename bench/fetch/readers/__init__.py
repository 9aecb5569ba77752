"""One short adapter for each program that reads windows, all with the same `plan_read`.

`plan_read(task)` prepares what a caller would have at hand before (items, windows) and returns a
function that reads the task's pixels and nothing else, so that only reading is timed. What a
program keeps from one read to the next by itself (connections, headers) it keeps here too.
Options are the best that we found for each. Nothing is measured or compared here.
"""
