"""Lessons on paper and on one page: a pair of notebooks in two columns, aligned by the steps of their conversation.

notebook (nbformat) → parts → rows → pages of HTML or, by Typst, of PDF. The Markdown goes through pandoc's document
tree (prose) and the code through the same tokens (highlight) for both.
"""
