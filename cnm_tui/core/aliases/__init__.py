"""Replace names by aliases, so that results can be shown to people who may not see the names."""
