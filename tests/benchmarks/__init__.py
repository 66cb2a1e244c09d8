"""Measurements as ratios of one run: `python -m tests.benchmarks [--json] [NAME ...]`.

Absolute times say more about the machine than about us; a ratio to a floor measured beside it
holds anywhere. Not run as tests. To add a measurement, write a module with a function `rows()`
and name it in `__main__.MODULES`.
"""
