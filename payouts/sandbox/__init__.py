"""A local stand-in for Stripe, so that every payout runs on one machine without an account or a network.

The real `stripe` library talks to it through `base_addresses`; nothing in production code knows it. It is one core
(`core.Sandbox`: state, idempotency, events) behind any transport that can carry a request and a response; `server` is
the HTTP transport. It imports `common` alone and no Django model, so it also runs as its own process:

    python -m payouts.sandbox --port 12111 --state var/stripe.sqlite3 \
        --webhook-url http://127.0.0.1:8000/webhooks/stripe/ --secret whsec_demo
"""
