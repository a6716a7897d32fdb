"""Measurements of k3c's verbs against those of its peers."""
