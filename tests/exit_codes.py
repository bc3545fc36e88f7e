"""How a run may end when all went well."""

FINISHED = (0, 5)
"""Results are published; on as few persons as tests have, the gate may withhold every estimate."""
