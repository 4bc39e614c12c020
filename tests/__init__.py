"""Tests mirror the tree; `contract/`, `golden/`, `e2e/` and `architecture/` stand beside."""
