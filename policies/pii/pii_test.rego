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

test_a_plan_is_in_a_fixed_order if {
	plan := pii.plan({"payment", "identity"})
	plan[0] == {"key": "ssn", "with": "partial", "keep_last": 4, "rule": "pii/identity"}
	plan[count(plan) - 1] == {"detect": ["credit_card", "iban"], "with": "redact", "rule": "pii/payment"}
	pii.plan(set()) == []
}

test_fields_of_classes if {
	pii.fields({"health"}) == {"diagnosis", "medication", "blood_type", "allergies"}
	"cvv" in pii.fields({"payment"})
}

test_every_mask_of_every_class_says_how_and_why if {
	every class in object.keys(pii.by_class) {
		every mask in pii.plan({class}) {
			mask.rule == concat("/", ["pii", class])
			mask["with"] in {"partial", "hash", "drop", "redact"}
		}
	}
}

test_unknown_classes if {
	pii.unknown({"identity", "shoes"}) == {"shoes"}
	pii.plan({"shoes"}) == []
}
