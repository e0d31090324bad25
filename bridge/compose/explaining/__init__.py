"""What a mail would become, and why, told step by step; nothing is sent."""
