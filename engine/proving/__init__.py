"""What rule authors prove with: the engine's own stages on files, nothing sent."""
