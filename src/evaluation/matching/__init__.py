"""Comparators that SQL cannot choose: by nearness, by propensity score, by balance."""
