"""Building images."""
