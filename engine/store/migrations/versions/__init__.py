"""One file a revision; what was released is never changed."""
