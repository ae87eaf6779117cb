"""The journal on disk: every intent, event, execution and quote of an order, written before the wire sees a byte.

``journal.open_store`` opens it. The everyday path of the SQLite file speaks to the engine through the standard
library: SQLAlchemy costs a third of a second of processor time and some 25 MB, so it is imported only where its models
are needed, for migrations and for PostgreSQL.
"""
