"""Work in processes of their own, which outlive a request and the server."""
