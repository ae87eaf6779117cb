"""Tests of the folder cli."""
