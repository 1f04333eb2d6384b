"""Gates: what may still hold an action back at the moment of sending, one gate a file."""
