"""Tests of the folder app."""
