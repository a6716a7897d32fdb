"""Images in containerd: the store, content, names, archives, and transfers to and from registries."""
