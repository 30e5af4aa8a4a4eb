"""What the server and its user chose."""
