"""The verbs on volumes."""
