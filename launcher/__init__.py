"""Starts osmTalk and the servers it needs on one machine. Knows no Django app."""
