"""A month's settlement: its document, its states and events, its versions, and its answers over HTTP."""
