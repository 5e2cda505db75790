# METADATA
# title: Personal data
# description: |
#   Says how fields that identify or authenticate a person are masked, wherever a response has them. It decides nothing:
#   your policy puts `masks` into its answer.
package countersign.pii

# By member name, at any depth: no shape of the answer escapes.
masks := [
	{"key": "ssn", "with": "partial", "keep_last": 4, "rule": "pii/ssn"},
	{"key": "email", "with": "hash", "rule": "pii/email"},
	{"key": "password_hash", "with": "drop", "rule": "secret/password"},
]

# The names that they mask.
names := {mask.key | some mask in masks}

# Masks for classes of data: plan({"contact", "payment"}) is the mask plan of an answer, in a fixed order.
# - identity: what names a person to an authority
# - contact: how a person is reached
# - payment: what money is moved with
# - secret: what opens something
# - health: what a physician writes
plan(classes) := [mask |
	some class in sort(classes)
	some mask in by_class[class]
]

# The member names that a plan masks: for sql and graphql, where they must not come out under another name.
fields(classes) := {mask.key | some mask in plan(classes); mask.key}

# Classes that are asked for and not known here: `count(unknown(classes)) == 0` belongs in your policy's tests.
unknown(classes) := classes - object.keys(by_class)

by_class := {
	"identity": array.concat(
		[partial(key, "identity") | some key in ["ssn", "national_id", "passport_number", "tax_id", "driving_licence"]],
		[detect(["us_ssn"], "redact", "identity")],
	),
	"contact": array.concat(
		[mask_key(key, "hash", "contact") | some key in ["email", "phone", "phone_number", "address", "date_of_birth"]],
		[detect(["email", "phone"], "hash", "contact")],
	),
	"payment": array.concat(
		[partial(key, "payment") | some key in ["card_number", "iban", "account_number"]],
		[
			mask_key("cvv", "drop", "payment"),
			detect(["credit_card", "iban"], "redact", "payment"),
		],
	),
	"secret": array.concat(
		[mask_key(key, "drop", "secret") | some key in ["password", "password_hash", "api_key", "token", "private_key"]],
		[detect(["jwt", "private_key", "secret"], "redact", "secret")],
	),
	"health": [mask_key(key, "redact", "health") | some key in ["diagnosis", "medication", "blood_type", "allergies"]],
}

mask_key(key, operator, class) := {"key": key, "with": operator, "rule": sprintf("pii/%s", [class])}

partial(key, class) := object.union(mask_key(key, "partial", class), {"keep_last": 4})

detect(detectors, operator, class) := {"detect": detectors, "with": operator, "rule": sprintf("pii/%s", [class])}
