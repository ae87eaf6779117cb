"""The built-in broker: a market, a matching engine and the adapter over both."""
