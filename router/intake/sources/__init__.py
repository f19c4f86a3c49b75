"""Vendors' shapes in, records of the contract out.

A source is an envelope (a file in :mod:`router.intake.sources.vendors`: who signed it, how many
records it holds, their ids) and a field map. Start reading at :mod:`router.intake.sources.source`.
"""
