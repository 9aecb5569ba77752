"""Activity: what each zone measures in each look, beside what is usual there.

This folder itself is the stage; how it computes is in the folders below.
"""
