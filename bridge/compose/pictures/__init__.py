"""Pictures as phones take them; the home of the image library."""
