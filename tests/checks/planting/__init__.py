"""Puts an address into mails and files, at each place and in each disguise that exist.

Nothing here uses the code that reads: what it makes comes from the standard library's
encoders, from other people's libraries, from LibreOffice, or is written by hand.
"""
