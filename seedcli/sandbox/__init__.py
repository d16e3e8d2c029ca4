"""A local gateway, read from the document alone."""
