"""What a picture file is, made fit to send, and shown."""
