"""The figures of the README, each beside its reference in the same run: `python -m benchmarks`."""
