"""Contain the screenshots of the README, and the scripts that create the screenshots."""
