"""The named scenarios, and how a world is built from one."""
