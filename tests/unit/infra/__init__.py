"""Tests of the folder infra."""
