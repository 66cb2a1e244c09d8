"""Forms with fields: the setup of an upgrade, the model editor, the capacity."""
