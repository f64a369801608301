"""What the classes are called: names in the languages of the pages, and the search in them.

`classes.tsv` comes from WordNet (`make_classes.py`), whose licence stands beside it; `spanish.tsv`
and `spanish_groups.tsv` are written by hand. None of it changes what the API answers.
"""
