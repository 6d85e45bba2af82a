"""A terminal explorer for Datadog Cloud Network Monitoring's aggregated connections."""

__version__ = "0.7.0"
