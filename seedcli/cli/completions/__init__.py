"""Makes the completion scripts, the kept help pages and the man pages from the commands themselves."""
