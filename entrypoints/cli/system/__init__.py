"""The verbs on k3c itself: version, info, events, daemon."""
