"""Where k3c is entered: the API `k3c.v1`, the command line, and the daemon that wires all up."""
