"""Measured comparisons: each in one run on one machine, as ratios; what was seen stands in RESULTS.md."""
