"""The door for Stripe's webhooks: verify the raw body, keep it, answer at once."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from common import clock
from payouts.rails.signatures import MOST_BYTES, ForgedWebhook
from payouts.transfers.commands import receive_event

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Answer 200 to what Stripe has signed, 400 to all else, 503 where it could not be kept."""
    try:
        receive_event(
            body=request.read(MOST_BYTES + 1),
            signature=request.headers.get("Stripe-Signature", ""),
            secrets=settings.STRIPE_WEBHOOK_SECRETS,
            now=clock.now(),
        )
    except ForgedWebhook as error:
        logger.warning("payouts.webhook.refused", extra={"reason": str(error)})
        return HttpResponse("refused", status=400, content_type="text/plain")
    except DatabaseError:
        logger.exception("payouts.webhook.not_kept")
        return HttpResponse("try again", status=503, content_type="text/plain")
    return HttpResponse("kept", content_type="text/plain")
