"""What a container goes through between its verbs: attempts, exits, health, restarts, repairs.

Pieces that several use cases share, and what happens without anybody asking. A verb of the command line
belongs in `use_cases`.
"""
