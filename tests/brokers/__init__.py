"""A cluster of real brokers that can be killed, frozen and started again, one by one."""
