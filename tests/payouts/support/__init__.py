"""What the payout tests share: transports to the Stripe stand-in and Stripe's own description of its API."""
