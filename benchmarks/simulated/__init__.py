"""The service as discrete events, which `benchmarks.simulation` runs. Times in milliseconds."""
