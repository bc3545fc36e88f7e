"""Dagster only: the graph, its resources, and how to run it. No arithmetic, no SQL text."""
