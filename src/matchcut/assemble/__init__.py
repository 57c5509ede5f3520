"""Clips into a film: the cut list, the conformed picture, the timeline and the contact sheet."""
