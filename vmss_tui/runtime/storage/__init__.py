"""Files of the state folder: runs, journals, the record of writes, pins."""
