"""Hugging Face `evaluate` modules, one folder a metric, loadable by path.

In a script each import stands on a line of its own: evaluate's parser reads no others.
"""
