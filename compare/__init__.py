"""The same command lines on k3c and on docker, side by side: `make compare`."""
