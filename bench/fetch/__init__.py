"""How fast and with how little a site's windows are read from COGs over HTTP, against peers.

`scenes` makes the files, `server` serves them over a slow link, `plan` says what is read,
`readers` has one short adapter for each program, `worker` runs one in a process of its own,
`rounds` measures them in turn, and `report` writes the table.
"""
