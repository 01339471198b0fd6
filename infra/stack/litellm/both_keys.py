"""LiteLLM knows one master key. This also accepts the one before it, so that callers may roll after LiteLLM.

LiteLLM calls `accept` in place of its own check of keys: https://docs.litellm.ai/docs/proxy/custom_auth
"""

import os
from hmac import compare_digest

from fastapi import HTTPException, Request
from litellm.constants import LITELLM_PROXY_MASTER_KEY_ALIAS
from litellm.proxy._types import LitellmUserRoles, UserAPIKeyAuth

# Without one of them LiteLLM does not start.
KEYS = [os.environ[name].encode() for name in ("LITELLM_MASTER_KEY", "LITELLM_MASTER_KEY_PREVIOUS")]


async def accept(request: Request, api_key: str | None) -> UserAPIKeyAuth:
    """Who a request comes from. Raises a 401 for one without either key."""
    given = (api_key or "").encode()
    # A list, so that both are compared: how long it takes does not tell which of them it was.
    if not given or not any([compare_digest(given, key) for key in KEYS]):
        raise HTTPException(401, "This is neither the master key nor the one before it")
    # As LiteLLM has it for its own master key: under this name no metric and no log has the key or its hash.
    return UserAPIKeyAuth(api_key=LITELLM_PROXY_MASTER_KEY_ALIAS, user_role=LitellmUserRoles.PROXY_ADMIN)
