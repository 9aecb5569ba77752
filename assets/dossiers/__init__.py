"""Stage 5: evidence for a reader, one static page an alert and a site, and an index of all."""
