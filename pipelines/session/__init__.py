"""One sitting of the command: settings, lake and instance opened, a watch run, its report.

Parsing of arguments is in `pipelines.cli`.
"""
