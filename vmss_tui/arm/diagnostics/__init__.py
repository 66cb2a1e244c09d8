"""What Azure and single instances say about what happened; see `gateway.diagnostics`."""
