"""Runs each test of the acceptance table once for every adapter."""

import pytest

from tests.contract.adapters import HARNESSES, Open


@pytest.fixture(params=list(HARNESSES))
def opened(request: pytest.FixtureRequest) -> Open:
    """Opens the adapter of this column."""
    return HARNESSES[request.param]
