"""What users ask for and what happens by itself, in terms of ports.

The floors, top down: `use_cases`, `lifecycle`, `support`, `ports`; each may import those below it. No
library of a protocol, a database or a command line is known here.
"""
