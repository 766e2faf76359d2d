"""What finance and experts see of payouts: composed from all features, holding no rule of its own."""
