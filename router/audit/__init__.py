"""The audit: is every record that the topics must hold there once, and is it the right one?

Each topic is compared with the one that it was made from, along the way of a lead:

    input topics ─> routing.inbox, dead-letters       what intake has passed is in one of them
    routing.inbox ─> lead.assignments, routing.shadow  what the fold decides, each once
    lead.assignments ─> lead.owners                    the row of each lead's last decision
    routing.inbox ─> routing.state ─> routing.reps     the fold's own state, its reps' numbers

A router may go on meanwhile. A transaction's records are written before it is committed, so what is
made of a record is looked for up to where its topic was *written* after the record was *committed*
(:mod:`router.audit.cut`); what came later is not yet there, and not missing.

The inbox is the truth. What it decides and the topics lack, :mod:`router.audit.repair` publishes.
"""
