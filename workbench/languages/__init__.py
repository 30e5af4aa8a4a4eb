"""What a language is."""
