"""One sitting of the command: settings, lake and instance opened, a watch run, its report.

Arguments are parsed in `pipelines.cli`; the stages are in `assets`.
"""
