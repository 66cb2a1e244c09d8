"""Azure Resource Graph: an index of all resources, a little behind, with queries and a quota."""
