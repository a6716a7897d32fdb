#!/bin/sh
echo "Hello from a container that k3c built and runs."
echo "  pod        $(hostname)"
echo "  kernel     $(uname -sr)"
echo "  processes  $(ps | wc -l)"
