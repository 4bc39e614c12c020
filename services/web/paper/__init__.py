"""Papers in blocks: a settlement's statement laid out once, from which the page and the PDF are both made."""
