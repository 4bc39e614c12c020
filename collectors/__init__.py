"""What listens to meters: MQTT messages in, stored readings out, nothing lost between."""
