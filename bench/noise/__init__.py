"""Whether z is honest on ground that does not change, and what each step before it earns.

`watched` takes a folder through scenes and masks, `quiet` picks ground that stays as it is,
`measured` has the product judge it, `figures` compares what it said with what came out,
`earned` does so with steps turned off, and `report` writes the tables.
"""
