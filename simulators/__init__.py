"""A virtual city that speaks MQTT and HTTP only, and a ledger of what it truly did."""
