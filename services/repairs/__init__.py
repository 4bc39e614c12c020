"""Repair requests held to their promises: work orders, business hours, the two clocks."""
