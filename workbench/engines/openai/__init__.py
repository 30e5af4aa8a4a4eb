"""Any server that speaks OpenAI's completions, and what the vLLM engine shares with it."""
