"""`k3c build`, and how its progress is shown."""
