"""fal: hosted endpoints, paid by the clip.

Protocol facts are those of fal_client 1.0.3, read and measured, and of fal's public documentation,
both read 2026-11-22. What only a live account can show is not claimed.
"""
