"""What a user can ask for, by noun: a file for each verb, under the verb's own name.

A use case is a class with one `async def __call__`; it takes ports and pieces of `lifecycle`, and undoes
what it did when it fails. It never imports an adapter.
"""
