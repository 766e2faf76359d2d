"""What is proposed to a person: bars per scope, and promotions, coaching, pauses and returns that pass their gate."""
