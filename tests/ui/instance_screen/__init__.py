"""Tests of `vmss_tui.ui.instance_screen`."""
