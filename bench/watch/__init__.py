"""How long the watch takes a look, by stage and size of site, beside the least it could take."""
