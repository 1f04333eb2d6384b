"""`/api/v1`: what is stored, for programs; described by `/openapi.json`, paged by cursors."""
