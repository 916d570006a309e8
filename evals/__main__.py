"""Run every long simulation, or the ones named: ``python -m evals [NAME ...]``."""

from benchmarks.__main__ import main

main("evals")
