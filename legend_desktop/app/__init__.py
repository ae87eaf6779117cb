"""Start-up, the object graph and the event loop."""
