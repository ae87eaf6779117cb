"""What the desk does: orders, positions, reconciliation, measures. No Qt."""
