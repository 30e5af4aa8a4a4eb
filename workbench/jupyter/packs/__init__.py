"""What can be asked, for the Benchmarks view."""
