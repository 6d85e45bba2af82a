"""The names of the formats that rows can be written in."""

from typing import Final

FORMATS: Final = ("table", "json", "jsonl", "csv", "tsv", "markdown")
