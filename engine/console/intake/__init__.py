"""Mentions pushed to us: bounded, rate-limited, verified byte by byte, answered once stored."""
