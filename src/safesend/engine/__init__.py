"""What happens next: rehearse, enrol, claim, carry, record."""
