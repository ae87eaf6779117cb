"""Column types that revisions share."""

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine


def whole() -> TypeEngine[int]:
    """A whole number of 64 bits: BIGINT, which STRICT tables of SQLite call INTEGER."""
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
