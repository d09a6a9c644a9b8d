"""What is handed out: wheel, release, documentation site, doors to other tools."""
