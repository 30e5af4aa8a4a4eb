"""One model on many devices or machines: a Ray actor each, with an engine of its own (see `engine.py`).

Nothing here is imported unless a run asks for Ray, and `ray` itself only when a cluster is joined or started.
"""
