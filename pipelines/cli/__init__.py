"""The command `sitewatch`: arguments, and one module a command.

What several commands share is in `pipelines.session`.
"""
