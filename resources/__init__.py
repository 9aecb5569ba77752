"""Where data come from and go to; what every other room stands on is in this folder itself.

Only here are network, disk, database and clock touched. No science: that is in `assets`.
"""
