"""What lies on disk, without loading it."""
