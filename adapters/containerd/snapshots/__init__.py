"""Root file systems: snapshots of images and containers, mounted for a moment, and seeds of fresh ones."""
