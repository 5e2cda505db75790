package countersign.verdict_test

import data.countersign.verdict

test_nothing_to_object if verdict.of(set(), {"allowed": true}) == {"allowed": true}

test_the_first_by_name_denies if {
	answer := verdict.of({{"rule": "b/x", "reason": "a"}, {"rule": "a/y", "reason": "z"}}, {"allowed": true})
	answer == {"allowed": false, "rule": "a/y", "reason": "z", "http_status": 403}
}
