"""Where data come from and go to; what every other room stands on is in this folder itself.

Network, database, archive and clock are touched through this folder alone. No science: that is in
`assets`.
"""
