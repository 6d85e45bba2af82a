"""Replace real names (such as hosts and services) by aliases, which are invented names.

With aliases, results can be shown to people who are not allowed to see the real names.
"""
