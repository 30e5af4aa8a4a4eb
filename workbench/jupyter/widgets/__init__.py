"""Views in a notebook: a run that goes on, the panel, the item studio; and the twins that a saved notebook keeps.

Loaded in a kernel, never in the Jupyter server. What a view shows is read from the disk each time it is asked: a
restarted kernel, or another one, shows the same. `view` alone imports ipywidgets, when something is shown.
"""
