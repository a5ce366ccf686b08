"""`python -m console.api.schema > console/web/openapi.json`: the API's description, without a server."""

import json
import sys

from console.api.application import api_application


def openapi() -> str:
    """Stable text: sorted keys, one newline at the end."""
    return json.dumps(api_application().openapi(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(openapi())
