"""The fault table: what goes wrong, and how a run of two batches must then end.

Each fault is injected into the same small run at its moment. What happened is read from
the ledger of the simulator: no fault makes one run upgrade an instance twice, or change an
instance outside its plan.
"""
