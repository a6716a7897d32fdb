"""The command `k3c`: a folder for each noun with a file for each verb, loaded only when it is called.

Modules here parse, call and render; they decide nothing. Every sentence for users, and every exit code,
is made here.
"""
