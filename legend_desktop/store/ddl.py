"""The statements that make a new SQLite file, so that a start needs no SQLAlchemy.

Made from the models by ``schema.ddl_module``; a test compares the two.
"""

TABLES = """
CREATE TABLE account (
id INTEGER NOT NULL,
profile_id TEXT NOT NULL,
broker TEXT NOT NULL,
env TEXT NOT NULL,
account_key TEXT NOT NULL,
label TEXT NOT NULL,
base_ccy TEXT NOT NULL,
CONSTRAINT pk_account PRIMARY KEY (id),
CONSTRAINT uq_account_profile_id_broker_env_account_key UNIQUE (profile_id, broker, env, account_key)
)
STRICT;

CREATE TABLE instrument (
id INTEGER NOT NULL,
broker TEXT NOT NULL,
symbol TEXT NOT NULL,
asset_class TEXT NOT NULL,
first_us INTEGER NOT NULL,
CONSTRAINT pk_instrument PRIMARY KEY (id),
CONSTRAINT uq_instrument_broker_symbol UNIQUE (broker, symbol)
)
STRICT;

CREATE TABLE intent (
id INTEGER NOT NULL,
profile_id TEXT NOT NULL,
client_id TEXT NOT NULL,
at_us INTEGER NOT NULL,
source TEXT NOT NULL,
role TEXT NOT NULL,
label TEXT NOT NULL,
size_inputs TEXT,
verdicts TEXT,
CONSTRAINT pk_intent PRIMARY KEY (id),
CONSTRAINT uq_intent_client_id UNIQUE (client_id)
)
STRICT;

CREATE TABLE kill_event (
id INTEGER NOT NULL,
profile_id TEXT NOT NULL,
at_us INTEGER NOT NULL,
verb TEXT NOT NULL,
requested INTEGER NOT NULL,
confirmed INTEGER NOT NULL,
residue TEXT NOT NULL,
note TEXT NOT NULL,
CONSTRAINT pk_kill_event PRIMARY KEY (id)
)
STRICT;

CREATE TABLE meta (
id INTEGER NOT NULL,
journal_id TEXT NOT NULL,
env TEXT NOT NULL,
install_id TEXT NOT NULL,
schema_version INTEGER NOT NULL,
app_version TEXT NOT NULL,
created_us INTEGER NOT NULL,
probe_us INTEGER NOT NULL,
full_check_us INTEGER NOT NULL,
spool_mark TEXT NOT NULL,
CONSTRAINT pk_meta PRIMARY KEY (id),
CONSTRAINT ck_meta_single_row CHECK (id = 1),
CONSTRAINT ck_meta_env CHECK (env IN ('paper', 'live'))
)
STRICT;

CREATE TABLE position_adjustment (
id INTEGER NOT NULL,
profile_id TEXT NOT NULL,
at_us INTEGER NOT NULL,
symbol TEXT NOT NULL,
qty_u INTEGER NOT NULL,
reason TEXT NOT NULL,
note TEXT NOT NULL,
exact TEXT,
CONSTRAINT pk_position_adjustment PRIMARY KEY (id)
)
STRICT;

CREATE TABLE position_snapshot (
id INTEGER NOT NULL,
profile_id TEXT NOT NULL,
at_us INTEGER NOT NULL,
source TEXT NOT NULL,
CONSTRAINT pk_position_snapshot PRIMARY KEY (id)
)
STRICT;

CREATE INDEX ix_position_snapshot_profile_id_at_us ON position_snapshot (profile_id, at_us);

CREATE TABLE reconcile_run (
id INTEGER NOT NULL,
profile_id TEXT NOT NULL,
start_us INTEGER NOT NULL,
end_us INTEGER NOT NULL,
ok INTEGER NOT NULL,
orders_checked INTEGER NOT NULL,
executions_added INTEGER NOT NULL,
differences TEXT NOT NULL,
reason TEXT NOT NULL,
CONSTRAINT pk_reconcile_run PRIMARY KEY (id),
CONSTRAINT ck_reconcile_run_ok CHECK (ok IN (0, 1))
)
STRICT;

CREATE TABLE session (
id INTEGER NOT NULL,
profile_id TEXT NOT NULL,
start_us INTEGER NOT NULL,
end_us INTEGER,
app_version TEXT NOT NULL,
engine_version TEXT NOT NULL,
host_hash TEXT NOT NULL,
pid INTEGER NOT NULL,
clean INTEGER NOT NULL,
CONSTRAINT pk_session PRIMARY KEY (id),
CONSTRAINT ck_session_clean CHECK (clean IN (0, 1))
)
STRICT;

CREATE TABLE setting (
profile_id TEXT NOT NULL,
name TEXT NOT NULL,
value TEXT NOT NULL,
at_us INTEGER NOT NULL,
CONSTRAINT pk_setting PRIMARY KEY (profile_id, name)
)
STRICT;

CREATE TABLE trade_note (
profile_id TEXT NOT NULL,
trade_key TEXT NOT NULL,
symbol TEXT NOT NULL,
open_us INTEGER NOT NULL,
note TEXT NOT NULL,
tags TEXT NOT NULL,
edited_us INTEGER NOT NULL,
CONSTRAINT pk_trade_note PRIMARY KEY (profile_id, trade_key)
)
STRICT;

CREATE TABLE orders (
id INTEGER NOT NULL,
profile_id TEXT NOT NULL,
intent_id INTEGER NOT NULL,
client_id TEXT NOT NULL,
account_id INTEGER NOT NULL,
instrument_id INTEGER NOT NULL,
symbol TEXT NOT NULL,
side TEXT NOT NULL,
type TEXT NOT NULL,
tif TEXT NOT NULL,
qty_u INTEGER NOT NULL,
limit_u INTEGER,
stop_u INTEGER,
trail_u INTEGER,
trail_percent_u INTEGER,
role TEXT NOT NULL,
origin TEXT NOT NULL,
parent_id TEXT,
oco_group TEXT,
replaces_id TEXT,
state TEXT NOT NULL,
pending TEXT NOT NULL,
cum_u INTEGER NOT NULL,
avg_u INTEGER,
events INTEGER NOT NULL,
created_us INTEGER NOT NULL,
sent_us INTEGER,
acked_us INTEGER,
closed_us INTEGER,
last_us INTEGER NOT NULL,
exact TEXT,
CONSTRAINT pk_orders PRIMARY KEY (id),
CONSTRAINT ck_orders_side CHECK (side IN ('buy', 'sell')),
CONSTRAINT uq_orders_intent_id UNIQUE (intent_id),
CONSTRAINT fk_orders_intent_id FOREIGN KEY(intent_id) REFERENCES intent (id),
CONSTRAINT uq_orders_client_id UNIQUE (client_id),
CONSTRAINT fk_orders_account_id FOREIGN KEY(account_id) REFERENCES account (id),
CONSTRAINT fk_orders_instrument_id FOREIGN KEY(instrument_id) REFERENCES instrument (id)
)
STRICT;

CREATE INDEX ix_orders_last_us ON orders (last_us);

CREATE INDEX ix_orders_open ON orders (account_id, state)
WHERE state NOT IN ('canceled', 'denied', 'expired', 'filled', 'rejected', 'replaced');

CREATE TABLE position_snapshot_row (
id INTEGER NOT NULL,
snapshot_id INTEGER NOT NULL,
symbol TEXT NOT NULL,
name TEXT NOT NULL,
qty_u INTEGER NOT NULL,
avg_u INTEGER NOT NULL,
mark_u INTEGER,
mark_stale INTEGER NOT NULL,
as_of_us INTEGER,
exact TEXT,
CONSTRAINT pk_position_snapshot_row PRIMARY KEY (id),
CONSTRAINT ck_position_snapshot_row_mark_stale CHECK (mark_stale IN (0, 1)),
CONSTRAINT fk_position_snapshot_row_snapshot_id FOREIGN KEY(snapshot_id) REFERENCES position_snapshot (id)
)
STRICT;

CREATE INDEX ix_position_snapshot_row_snapshot_id ON position_snapshot_row (snapshot_id);

CREATE TABLE round_trip (
id INTEGER NOT NULL,
profile_id TEXT NOT NULL,
account_id INTEGER NOT NULL,
symbol TEXT NOT NULL,
side TEXT NOT NULL,
open_us INTEGER NOT NULL,
close_us INTEGER,
qty_u INTEGER NOT NULL,
entry_u INTEGER NOT NULL,
exit_u INTEGER,
pnl_u INTEGER,
fees_u INTEGER,
risk_u INTEGER,
mae_u INTEGER,
mfe_u INTEGER,
rebuilt_us INTEGER NOT NULL,
exact TEXT,
CONSTRAINT pk_round_trip PRIMARY KEY (id),
CONSTRAINT fk_round_trip_account_id FOREIGN KEY(account_id) REFERENCES account (id)
)
STRICT;

CREATE INDEX ix_round_trip_account_id_close_us ON round_trip (account_id, close_us);

CREATE TABLE execution (
id INTEGER NOT NULL,
account_id INTEGER NOT NULL,
exec_id TEXT NOT NULL,
order_id INTEGER NOT NULL,
client_id TEXT NOT NULL,
broker_order_id TEXT NOT NULL,
kind TEXT NOT NULL,
corrects_id TEXT,
symbol TEXT NOT NULL,
side TEXT NOT NULL,
qty_u INTEGER NOT NULL,
px_u INTEGER NOT NULL,
notional_u INTEGER NOT NULL,
broker_us INTEGER NOT NULL,
recv_us INTEGER NOT NULL,
trading_day TEXT NOT NULL,
venue TEXT,
liquidity TEXT NOT NULL,
commission_u INTEGER,
fees_u INTEGER,
provisional INTEGER NOT NULL,
late INTEGER NOT NULL,
exact TEXT,
CONSTRAINT pk_execution PRIMARY KEY (id),
CONSTRAINT ck_execution_provisional CHECK (provisional IN (0, 1)),
CONSTRAINT ck_execution_late CHECK (late IN (0, 1)),
CONSTRAINT uq_execution_account_id_exec_id UNIQUE (account_id, exec_id),
CONSTRAINT fk_execution_account_id FOREIGN KEY(account_id) REFERENCES account (id),
CONSTRAINT fk_execution_order_id FOREIGN KEY(order_id) REFERENCES orders (id)
)
STRICT;

CREATE INDEX ix_execution_account_id_broker_us ON execution (account_id, broker_us);

CREATE INDEX ix_execution_broker_us ON execution (broker_us);

CREATE INDEX ix_execution_order_id ON execution (order_id);

CREATE TABLE order_broker_id (
id INTEGER NOT NULL,
account_id INTEGER NOT NULL,
broker_id TEXT NOT NULL,
order_id INTEGER NOT NULL,
valid_from_us INTEGER NOT NULL,
CONSTRAINT pk_order_broker_id PRIMARY KEY (id),
CONSTRAINT uq_order_broker_id_account_id_broker_id UNIQUE (account_id, broker_id),
CONSTRAINT fk_order_broker_id_account_id FOREIGN KEY(account_id) REFERENCES account (id),
CONSTRAINT fk_order_broker_id_order_id FOREIGN KEY(order_id) REFERENCES orders (id)
)
STRICT;

CREATE INDEX ix_order_broker_id_order_id ON order_broker_id (order_id);

CREATE TABLE order_event (
seq INTEGER NOT NULL,
order_id INTEGER NOT NULL,
kind TEXT NOT NULL,
from_state TEXT,
to_state TEXT NOT NULL,
broker_us INTEGER,
recv_us INTEGER NOT NULL,
mono_ns INTEGER,
body TEXT NOT NULL,
prev_hash BLOB NOT NULL,
hash BLOB NOT NULL,
CONSTRAINT pk_order_event PRIMARY KEY (seq),
CONSTRAINT fk_order_event_order_id FOREIGN KEY(order_id) REFERENCES orders (id)
)
STRICT;

CREATE INDEX ix_order_event_order_id_seq ON order_event (order_id, seq);

CREATE TABLE order_stamp (
id INTEGER NOT NULL,
order_id INTEGER NOT NULL,
moment TEXT NOT NULL,
at_us INTEGER NOT NULL,
mono_ns INTEGER NOT NULL,
CONSTRAINT pk_order_stamp PRIMARY KEY (id),
CONSTRAINT fk_order_stamp_order_id FOREIGN KEY(order_id) REFERENCES orders (id)
)
STRICT;

CREATE INDEX ix_order_stamp_order_id ON order_stamp (order_id);

CREATE TABLE quote_at_order (
id INTEGER NOT NULL,
order_id INTEGER NOT NULL,
moment TEXT NOT NULL,
at_us INTEGER NOT NULL,
offset_ms INTEGER,
exec_id TEXT,
symbol TEXT NOT NULL,
bid_u INTEGER,
ask_u INTEGER,
bid_size_u INTEGER,
ask_size_u INTEGER,
last_u INTEGER,
last_size_u INTEGER,
volume_u INTEGER,
previous_close_u INTEGER,
quote_us INTEGER NOT NULL,
age_ms INTEGER NOT NULL,
source TEXT NOT NULL,
halted INTEGER NOT NULL,
exact TEXT,
CONSTRAINT pk_quote_at_order PRIMARY KEY (id),
CONSTRAINT ck_quote_at_order_halted CHECK (halted IN (0, 1)),
CONSTRAINT fk_quote_at_order_order_id FOREIGN KEY(order_id) REFERENCES orders (id)
)
STRICT;

CREATE INDEX ix_quote_at_order_order_id ON quote_at_order (order_id);

CREATE TABLE round_trip_exec (
id INTEGER NOT NULL,
round_trip_id INTEGER NOT NULL,
execution_id INTEGER NOT NULL,
qty_u INTEGER NOT NULL,
CONSTRAINT pk_round_trip_exec PRIMARY KEY (id),
CONSTRAINT uq_round_trip_exec_round_trip_id_execution_id UNIQUE (round_trip_id, execution_id),
CONSTRAINT fk_round_trip_exec_round_trip_id FOREIGN KEY(round_trip_id) REFERENCES round_trip (id) ON DELETE CASCADE,
CONSTRAINT fk_round_trip_exec_execution_id FOREIGN KEY(execution_id) REFERENCES execution (id)
)
STRICT;

CREATE INDEX ix_round_trip_exec_execution_id ON round_trip_exec (execution_id);
"""
