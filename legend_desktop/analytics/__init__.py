"""Execution quality as a library of pure functions: no input or output, no clock, one idea a file.

Per order everything is ``Decimal``; floats appear only in statistics over many orders and in durations. Slippage and
shortfall are cost-positive, price improvement is positive when money was saved. A figure whose inputs are missing is
``None`` and the record says why in ``reasons``; nothing is 0 because it is unknown.
"""
