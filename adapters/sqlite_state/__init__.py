"""What k3c remembers, in SQLite: tables, their migrations, and the stores over them.

All of it runs in one worker thread; one call of a store is one transaction.
"""
