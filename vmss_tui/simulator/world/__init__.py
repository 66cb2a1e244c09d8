"""The simulated resources and their state: no HTTP, no rules of Azure."""
