"""Checks of ours beside those of schemathesis."""

import schemathesis


@schemathesis.check
def only_expected_server_errors(ctx, response, case):
    """Of the statuses from 500 on, 501 (not built) and 504 (a deadline) are answers; the others are faults."""
    if response.status_code >= 500 and response.status_code not in (501, 504):
        raise AssertionError(f"the server failed with {response.status_code}: {response.text}")
