"""A network between router and brokers that keeps, cuts, delays, drops and delivers late.

:mod:`tests.network.proxy` stands between clients and each broker of a cluster and works on whole
Kafka frames; :mod:`tests.network.holds` picks single ones by rule, :mod:`tests.network.disturbance`
treats all by chance, from a seed. What was done is in the network's journal.
"""
