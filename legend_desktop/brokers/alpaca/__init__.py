"""Alpaca: its trading interface, its order stream and its market data, behind the seam of every broker."""
