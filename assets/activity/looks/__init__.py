"""Looks as this stage reads them: of a site, and of a zone.

Which of them are compared is decided here, how in `usual`.
"""
