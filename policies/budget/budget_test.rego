package countersign.budget_test

import data.countersign.budget

noon := 1768478400000

counts := {"requests": 10, "denied": 1, "held": 0, "masked_fields": 50, "started": noon}

session := object.union(counts, {"key": "k", "principal": object.union(counts, {"requests": 100})})

rules(config, minutes) := found if {
	now := (noon + (minutes * 60000)) * 1000000
	denials := budget.denials(config) with input.session as session with time.now_ns as now
	found := {[denial.rule, denial.reason] | some denial in denials}
}

names(config, minutes) := {rule | some [rule, _] in rules(config, minutes)}

test_within if {
	limits := {"requests": 10, "denied": 1, "held": 0, "masked_fields": 50, "minutes": 60}
	names({"session": limits}, 60) == set()
	names({}, 0) == set()
}

test_each_counter if {
	every counter in ["requests", "denied", "masked_fields"] {
		names({"session": {counter: 0}}, 0) == {concat("/", ["budget", counter])}
	}
	names({"session": {"minutes": 60}}, 61) == {"budget/minutes"}
}

test_the_principal_over_all_sessions if {
	denial := ["budget/requests", "this principal has used up its requests: 99 are allowed"]
	rules({"session": {"requests": 99}, "principal": {"requests": 99}}, 0) == {denial}
}

test_no_counters_no_budget if {
	every asked in [{}, {"session": null}, {"session": {"requests": 1}}] {
		denials := budget.denials({"principal": {"requests": 5}}) with input as asked
		{denial.rule | some denial in denials} == {"budget/requests"}
	}
	unknown := budget.denials({"session": {"tokens": 5}}) with input.session as session
	{denial.rule | some denial in unknown} == {"budget/tokens"}
}
