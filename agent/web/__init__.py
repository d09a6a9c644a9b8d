"""The HTTP side: pages, API, status, authentication."""
