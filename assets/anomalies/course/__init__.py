"""The course of a site: how much of the usual is there, and what may be said of it.

`assess` is the entry; `meaning` says what the changes of a zone mean. Alerts are in the folder
`alerts`.
"""
