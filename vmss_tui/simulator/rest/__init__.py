"""The HTTP server: sockets, request faults, routing and quotas."""
