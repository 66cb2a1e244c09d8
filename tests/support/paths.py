"""Where the checkout keeps what tests read."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
PRODUCT = ROOT / "vmss_tui"
EXCHANGES = TESTS / "data" / "exchanges"
"""Recorded traffic of Azure; its README describes the format."""
DIAGNOSIS = TESTS / "data" / "diagnosis"
"""Recorded traffic of what diagnosis reads, in the same format."""
REFUSALS = TESTS / "data" / "refusals"
"""Recorded refusals of Azure, in the same format."""
