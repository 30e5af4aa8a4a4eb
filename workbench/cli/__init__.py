"""The same verbs from a terminal; a file a noun."""
