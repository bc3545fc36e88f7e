"""Deliveries as the register owners write them, each beside a clean twin with the same content."""

from synthetic_data.raw_forms.deliver import write_raw_delivery
from synthetic_data.raw_forms.options import RawOptions

__all__ = ["RawOptions", "write_raw_delivery"]
