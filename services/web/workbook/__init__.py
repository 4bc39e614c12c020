"""The statement as a workbook: every printed line as a formula over the cells it names, to be recomputed."""
