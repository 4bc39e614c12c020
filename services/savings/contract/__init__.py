"""The contract as a document and as plain values: parties, dates, terms, valuation, contract years."""
