"""Commands that prepare: brokers, topics, policies, rosters, files to begin with."""
