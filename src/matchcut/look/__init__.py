"""Where to look: hands, faces and hair edges in a still, for a person to judge, not for us."""
