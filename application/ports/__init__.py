"""What k3c needs from outside, a file for each outside thing; the docstrings are the contracts.

A port has at most six methods and takes and returns what the domain defines. Each has a contract suite in
`tests/unit/contracts`, which the fake and the real adapter pass.
"""
