"""Carved files at the analyzer: taken from sensors, kept by hash, judged by the YARA rules, told as events."""
