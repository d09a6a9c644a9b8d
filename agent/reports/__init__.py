"""What was judged, as text, JSON and the formats of CI systems."""
