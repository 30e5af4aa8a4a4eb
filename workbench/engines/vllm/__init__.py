"""vLLM, run as a private server in an environment of its own."""
