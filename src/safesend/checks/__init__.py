"""Is it safe? Everything readable in a message, and what none of it may say."""
