"""What lies on disk, for the Models view."""
