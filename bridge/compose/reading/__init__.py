"""From the octets of a mail to its words and its files."""
