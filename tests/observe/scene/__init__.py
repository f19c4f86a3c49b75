"""What stands around a process: a collector of traces, a broker, senders."""
