"""Reads sql/ and runs it in DuckDB. Knows DuckDB, not Dagster, and no study."""
