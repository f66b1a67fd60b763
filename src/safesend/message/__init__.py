"""What is sent: addresses, templates, and the bytes made of them. Pure."""
