"""What containerd, its shims, runc and CNI leave on this machine when they are killed in the middle of their work."""
