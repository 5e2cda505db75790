package countersign.caller_test

import data.countersign.caller

principal(method, groups) := {"id": "x", "method": method, "groups": groups}

test_token_is_known if caller.known with input.principal as principal("jwt", [])

test_nobody_is_not_known if not caller.known with input.principal as principal("none", ["agents"])

test_no_principal_is_not_known if not caller.known with input as {}

test_member if caller.in_any({"agents", "dba"}) with input.principal as principal("mtls", ["agents"])

test_other_group if not caller.in_any({"dba"}) with input.principal as principal("jwt", ["agents"])

test_groups_of_nobody_do_not_count if not caller.in_any({"agents"}) with input.principal as principal("none", ["agents"])
