"""A fake of Alpaca on loopback: trading REST, order stream, market data REST and stream, on one port."""
