"""Where a lead is: countries, states and postal codes as people write them, by their codes."""
