"""The operators' view, and activity turned into engagement: the role ``streams``."""
