"""The product under the fault harness."""
