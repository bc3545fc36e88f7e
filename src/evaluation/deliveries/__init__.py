"""From a delivery folder to raw tables: what it must hold, what its columns are called."""
