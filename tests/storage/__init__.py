"""The team's store: a container that machines share."""
