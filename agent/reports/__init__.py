"""Reports of judgements and plans: text, JSON and the formats of CI systems."""
