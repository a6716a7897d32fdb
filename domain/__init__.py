"""The words of the field and their rules: references, ports, mounts, specs, states, filters, errors.

Standard library only, nothing asynchronous, no input and no output. A rule that needs to ask somebody
belongs in `application`; the words for users are in `entrypoints/cli`.
"""
