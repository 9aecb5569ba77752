"""Made-up scenes with a known truth, written as an ordinary STAC archive. SIMULATED throughout.

Only the demonstration, tests and benches use them; the product reads them like any other.
"""
