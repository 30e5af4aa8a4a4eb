"""One model many times over: workers with an engine each, and work handed out to them by shared prefix.

What a worker runs in is somebody else's: `processes.py` here starts processes of this machine, one for each device;
`workbench.engines.ray` places actors on a cluster.
"""
