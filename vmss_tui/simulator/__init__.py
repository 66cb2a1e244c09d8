"""A simulator of Azure Resource Manager over HTTP. It imports no other package of vmss-tui."""
