"""Settings of Sphinx for the site of the documentation: `make docs` builds it with docs/build_site.py."""

project = "CS231n assignment kit"
author = copyright = "The authors of the CS231n assignment kit"

extensions = ["myst_parser"]
myst_heading_anchors = 4  # the anchors that GitHub gives to headings
exclude_patterns = ["_templates"]
templates_path = ["_templates"]

html_theme = "pydata_sphinx_theme"
html_title = project
html_sidebars = {"**": ["site-pages"]}
html_theme_options = {
    "navbar_center": [],
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_show_sourcelink = html_copy_source = False
