"""Many small populations with a known truth: does each estimator find it, and how often?"""
