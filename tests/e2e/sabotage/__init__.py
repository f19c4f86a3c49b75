"""The router with one safeguard taken out: what the fault test and its auditor must notice.

``python -m tests.e2e.sabotage run …`` is ``lead-router run …`` after what the environment says:

* ``SABOTAGE`` names a safeguard to take out (:mod:`tests.e2e.sabotage.acts`);
* ``GATES`` names places, separated by commas, at which the process stops and lets the test do
  something first (:mod:`tests.e2e.sabotage.gates`); they change no behaviour but the timing;
* ``GATE_DIRECTORY`` is where both sides leave marks for each other.

Nothing of this is in the program, and the program knows nothing of it.
"""
