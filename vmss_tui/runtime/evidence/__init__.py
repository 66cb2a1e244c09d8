"""What explains a halt or a pause of a run, read in the background by its worker."""
