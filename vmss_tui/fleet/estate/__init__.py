"""Many scale sets at once: facts of one as an index or a list knows it, and the filter of them."""
