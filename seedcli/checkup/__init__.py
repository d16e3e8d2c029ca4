"""Is everything in order? What `seedcli doctor` looks at; nothing of it is charged."""
