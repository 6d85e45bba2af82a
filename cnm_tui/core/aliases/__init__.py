"""Replace names (such as hosts and services) by aliases, which are invented names.

So results can be shown to people who are not allowed to see the names.
"""
