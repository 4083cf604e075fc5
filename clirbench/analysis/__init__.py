"""What follows from results: comparisons, plans of analysis, baselines, checks, power."""
