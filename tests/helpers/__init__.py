"""What the tests share: running coroutines, finding leaks, watching logs, a clean environment."""
