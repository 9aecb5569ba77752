"""`sitewatch reproduce`: numbers recomputed from the scenes and held against the lake.

The recomputing is done by the product's own stages.
"""
