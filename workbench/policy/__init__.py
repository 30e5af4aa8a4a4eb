"""What is allowed on this machine: where data may lie, how it is written, and that nothing asks the network."""
