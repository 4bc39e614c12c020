"""Who speaks for which side of which contract: a file of speakers in, each token's voice out."""
