"""The subcommands of `vmss-tui campaign` for campaigns that were started."""
