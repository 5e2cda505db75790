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
