"""One spelling for each company, address, number, place and word."""
