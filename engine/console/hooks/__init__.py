"""What other services call back: every request is verified by its raw bytes before it is read."""
