"""Live push: one subscription to the analyzer, many browsers."""
