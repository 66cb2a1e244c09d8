"""What runs: threads, processes, files and time, over the gateway and the pure packages."""
