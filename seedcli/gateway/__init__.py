"""HTTP to the gateway and back: the only part that speaks it."""
