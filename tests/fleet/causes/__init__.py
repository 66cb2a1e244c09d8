"""Tests of `vmss_tui.fleet.causes`."""
