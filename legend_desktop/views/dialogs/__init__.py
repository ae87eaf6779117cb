"""Dialogs; none is modal while an order lives."""
