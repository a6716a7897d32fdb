"""Flags that several verbs share, in groups, and what they ask for."""
