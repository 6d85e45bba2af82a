"""Aliases in place of names, so that answers can be shown to people who may not see the names."""
