"""What decides whether a model can be used: quotas, sizes, purchase plans, replicas and rights."""
