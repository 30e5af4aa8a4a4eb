"""The panel's words in languages other than English, as JupyterLab reads them; ``make translations`` writes the files.

Below ``locale/`` each directory is the catalogue of a locale. Where JupyterLab's own language pack of it is installed
(``fr_FR``), our words come with it. For all else each is a language pack of its own, named by the language alone
(``fr``), so that it never takes the place of JupyterLab's: then only the panel is in that language.
"""
