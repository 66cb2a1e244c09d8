"""A SMALL AZURE: a simulator that speaks ARM over HTTP. Imports nothing of ours."""
