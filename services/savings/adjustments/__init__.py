"""Non-routine adjustments on file: what was worded, who approved which wording, what is in force."""
