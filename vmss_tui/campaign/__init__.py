"""Campaigns: one change through many scale sets, in stages. Pure: no clock, file or network."""
