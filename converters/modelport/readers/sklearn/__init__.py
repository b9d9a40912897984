"""Readers of scikit-learn, one module a family; ``readers/_table.py`` says which class goes where."""
