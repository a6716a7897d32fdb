"""The one edge between messages and the domain: `x_to_wire` and `x_from_wire`, by noun."""
