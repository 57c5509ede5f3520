"""Where a film's things live: its state folder, and media kept under their own hash."""
