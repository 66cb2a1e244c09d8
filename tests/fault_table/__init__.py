"""The fault table: what goes wrong, and how a run of two batches must then end.

Each fault is injected into the same small run at its moment. What happened is read from the ledger of the
simulator: no fault leads to an instance that one run upgrades twice, or to a change of an instance
outside its plan.
"""
