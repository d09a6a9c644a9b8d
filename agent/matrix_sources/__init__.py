"""The matrix from files and addresses of a user's choice: overlays, and a newer one than the built-in."""
