"""The router in memory, without a broker: simulate, try, replay."""
