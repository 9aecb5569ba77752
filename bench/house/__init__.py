"""How easy the product is to read: figures counted over its sources, and over one traced run."""
