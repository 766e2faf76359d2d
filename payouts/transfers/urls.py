"""The address that is registered at Stripe."""

from django.urls import path

from payouts.transfers.webhooks import stripe_webhook

urlpatterns = [path("webhooks/stripe/", stripe_webhook, name="stripe-webhook")]
