"""WHAT RUNS: threads, processes, disk and time."""
