"""What was answered, item by item, and what people noted beside it."""
