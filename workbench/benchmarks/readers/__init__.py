"""Files as they are found in the wild → records. One reader a file."""

from workbench.benchmarks.readers.dispatch import read_records
from workbench.benchmarks.readers.record import Location, Record, Report, strict

__all__ = ["Location", "Record", "Report", "read_records", "strict"]
