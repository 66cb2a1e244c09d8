"""WHAT IS: facts about scale sets, instances and images. No verbs, no I/O."""
