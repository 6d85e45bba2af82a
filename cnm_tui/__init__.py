"""Explore aggregated connections of Datadog Cloud Network Monitoring in a terminal."""

__version__ = "0.8.0"
