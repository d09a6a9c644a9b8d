"""What is in deploy/: each file as the tool that reads it sees it."""
