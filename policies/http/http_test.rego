package countersign.http_test

import data.countersign.http

config := {
	"allowed": {"GET": ["/orders/**", "/"], "POST": ["/orders"]},
	"hosts": {"api.example.com"},
	"types": {"application/json"},
}

plain := {"method": "GET", "path": "/orders/7?x=..", "host": "api.example.com", "headers": {}}

rules(change) := found if {
	request := object.union(plain, change)
	asked := {"attributes": {"request": {"http": request}}, "truncated_body": false, "parsed_body": null}
	denials := http.denials(config) with input as asked
	every denial in denials {
		denial.reason != ""
	}
	found := {denial.rule | some denial in denials}
}

test_allowed if {
	rules({}) == set()
	rules({"path": "/"}) == set()
	rules({"method": "POST", "path": "/orders", "headers": {"content-type": "Application/JSON; charset=utf-8"}}) == set()
}

test_methods if {
	rules({"method": "DELETE"}) == {"http/method"}
	rules({"method": "get"}) == {"http/method"}
}

test_paths if {
	rules({"path": "/admin"}) == {"http/path"}
	rules({"method": "POST", "path": "/orders/7"}) == {"http/path"}
}

test_spellings if {
	every path in ["/orders//7", "/orders/../admin", "/orders/%2e%2E/admin", "/orders/a%2fb", "/orders/a;b", "/orders/.", "/orders/a%5Cb"] {
		rules({"path": path}) == {"http/spelling"}
	}
}

test_override if rules({"headers": {"x-http-method-override": "DELETE"}}) == {"http/override"}

test_host if rules({"host": "evil.example.com"}) == {"http/host"}

test_type if {
	rules({"method": "POST", "path": "/orders", "headers": {"content-type": "text/xml"}}) == {"http/type"}
}

test_an_unseen_body_and_no_facts if {
	asked := {"attributes": {"request": {"http": plain}}, "truncated_body": true}
	denials := http.denials({"allowed": {"GET": ["/**"]}}) with input as asked
	{denial.rule | some denial in denials} == {"http/body"}
	nothing := http.denials({}) with input as {}
	{denial.rule | some denial in nothing} == {"http/body", "http/method", "http/spelling"}
}
