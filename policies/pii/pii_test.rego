package countersign.pii_test

import data.countersign.pii

test_every_mask_has_a_rule if {
	every mask in pii.masks {
		is_string(mask.rule)
		is_string(mask.key)
	}
}

test_no_password_hash_leaves if {
	some mask in pii.masks
	mask.key == "password_hash"
	mask["with"] == "drop"
}

test_names if pii.names == {"ssn", "email", "password_hash"}
