"""Measurements: `python -m benchmarks NAME` for speed beside peers, scripts for the rest."""
