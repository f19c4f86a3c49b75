"""intake: any record of any input topic in, an inbox record or a dead letter out."""
