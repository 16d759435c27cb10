"""Benchmarks: each module is one, runs by `python -m tests.bench.<name>` and prints `BENCH {json}` lines: a value against a named baseline of the same run."""
