"""The subcommands of `vmss-tui campaign`."""
