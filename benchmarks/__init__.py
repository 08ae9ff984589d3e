"""What the kit costs, measured: `make bench` runs all of it and writes docs/benchmarks.md."""
