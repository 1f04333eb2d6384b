"""Pages for people: rendered on the server, refreshed in place, readable without scripts."""
