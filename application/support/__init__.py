"""What use cases are built with and no user ever names: compensation, locks, background work, events.

Nothing here knows what a container goes through; that is `lifecycle`.
"""
