"""From an e-mail to submissions: pure and total."""
